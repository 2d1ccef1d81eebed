"""What a synthesis leaves in its folder: files of stages, of trajectories, the dataset card; and the way back."""

"""Answers announced and stated in other languages."""

import pytest

from lemma_eval.answers.extraction import extract

CASES = [
    ("答案是 25。", "25"),
    ("答案是2000。", "2000"),
    ("答案为12个苹果。", "12"),
    ("答案：12", "12"),
    ("最终答案：12。解释：3乘以4。", "12"),
    ("**答案：** 12", "12"),
    ("所以答案是12，因为3乘以4。", "12"),
    ("答：一共有12个苹果。", "12"),
    ("因此，一共是 12 个苹果。", "12"),
    ("所以小明还剩下 12 元。", "12"),
    ("正确答案是 $12$。", "12"),
    ("答案應為 12。", "12"),
    ("答案是１２。", "１２"),
    ("我们先算3+4=7。然后7×2=14。所以共14人", "14"),
    ("La respuesta es 11.", "11"),
    ("Respuesta: 11 manzanas.", "11"),
    ("La respuesta final es $11$, porque 12 es par.", "11"),
    ("Por lo tanto, la respuesta correcta es: 11", "11"),
    ("El resultado es 11.", "11"),
    ("Por lo tanto, quedan 11 manzanas.", "11"),
    ("La réponse est 11.", "11"),
    ("La réponse finale est donc : 11", "11"),
    ("Réponse : 11 pommes", "11"),
    ("Il reste donc 11 pommes.", "11"),
    ("Réponse finale : **11**", "11"),
    ("Die Antwort lautet 11.", "11"),
    ("Die Antwort ist also 11.", "11"),
    ("Antwort: 11 Äpfel", "11"),
    ("Das Ergebnis ist 11.", "11"),
    ("Somit bleiben 11 Äpfel übrig.", "11"),
    ("A resposta é 11.", "11"),
    ("Resposta final: 11", "11"),
    ("La risposta è 11.", "11"),
    ("La risposta finale è quindi 11.", "11"),
    ("Risposta: 11", "11"),
    ("Het antwoord is 11.", "11"),
    ("Ответ: 11", "11"),
    ("Ответ — 11.", "11"),
    ("Ответ равен 11.", "11"),
    ("Окончательный ответ: 11 яблок.", "11"),
    ("Таким образом, осталось 11 яблок.", "11"),
    ("Відповідь: 11", "11"),
    ("答えは11です。", "11"),
    ("答え：11", "11"),
    ("答えは 11 個です。", "11"),
    ("最終的な答えは11である。", "11"),
    ("したがって、合計は11個です。", "11"),
    ("정답은 11입니다.", "11"),
    ("답: 11", "11"),
    ("따라서 정답은 11개입니다.", "11"),
    ("الجواب: 11", "11"),
    ("الإجابة هي 11.", "11"),
    ("الإجابة النهائية هي 11", "11"),
    ("الجواب هو ١١", "١١"),
    ("उत्तर: 11", "11"),
    ("उत्तर 11 है।", "11"),
    ("अतः उत्तर है 11।", "11"),
    ("উত্তর হল 11।", "11"),
    ("సమాధానం 11.", "11"),
    ("คำตอบคือ 11", "11"),
    ("Jibu ni 11.", "11"),
    ("Jawaban: 11", "11"),
    ("Jadi, jawabannya adalah 11.", "11"),
    ("Cevap: 11", "11"),
    ("Đáp án là 11.", "11"),
    ("Đáp số: 11 quả táo", "11"),
    ("Odpowiedź: 11", "11"),
    ("Odpowiedź to 11.", "11"),
    ("Svaret är 11.", "11"),
    ("Svar: 11", "11"),
    ("Vastaus on 11.", "11"),
    ("Válasz: 11", "11"),
    ("Răspunsul este 11.", "11"),
    ("התשובה היא 11.", "11"),
    ("Η απάντηση είναι 11.", "11"),
]


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_languages(text: str, answer: str) -> None:
    found = extract(text, "number")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(("text", "answer"), CASES)
def test_languages_behind_steps(text: str, answer: str) -> None:
    steps = "1) 20 - 4 = 16.\n2) 16 - 5 = 9 + 2.\n\n"
    found = extract(steps + text, "number")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("答案选B。", "B"),
        ("故选 C。", "C"),
        ("La respuesta es la B.", "B"),
        ("Die Antwort ist (D).", "D"),
        ("正确答案是 D", "D"),
        ("La bonne réponse est la C.", "C"),
        ("Ответ: B", "B"),
        ("정답은 C입니다.", "C"),
    ],
)
def test_letters(text: str, letter: str) -> None:
    found = extract(text, "choice")
    assert found is not None
    assert found.answer == letter

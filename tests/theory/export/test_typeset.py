import pytest

from theory.assumptions import Assumption
from theory.export.typeset import escaped, typeset
from theory.measures import Quantity, ReportPoint
from theory.notation import GLOSSARY

TEXTS = [
    *(item.value for kind in (Assumption, ReportPoint, Quantity) for item in kind),
    *(row.meaning for row in GLOSSARY.values()),
]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("every f_m is L-smooth", r"every $f_{m}$ is $L$-smooth"),
        ("x̄_t, the mean over workers", r"$\bar{x}_{t}$, the mean over workers"),
        ("zeta_*^2 at x*", r"$\zeta_{*}^{2}$ at $x^{*}$"),
        ("x*_m the minimiser of f_m", r"$x^{*}_{m}$ the minimiser of $f_{m}$"),
        ("<= zeta'^2", r"$\le \zeta'^{2}$"),
        ("|grad F|^2", r"$| \nabla F |^{2}$"),
        ("a worker's step of 50%", r"a worker's step of $50$\%"),
        ("mean_m |g|", r"$\operatorname{mean}_{m} | g |$"),
        ("noise_at_optimum", r"\texttt{noise\_at\_optimum}"),
        ("Richtárik", "Richtárik"),
        ("|v|^2/2 of |v|^2", r"$| v |^{2} / 2$ of $| v |^{2}$"),
        ("at least T^3/3", r"at least $T^{3} / 3$"),
        ("(K R)^(2/3)", r"$( K R )^{2/3}$"),
        ("{x} & y", r"\{$x$\} \& $y$"),
    ],
)
def test_mathematics_is_told_from_words(text, latex):
    assert typeset(text) == latex


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:40])
def test_every_text_of_this_project_is_sound(text):
    made = typeset(text)
    bare = made.replace(r"\{", "").replace(r"\}", "").replace(r"\$", "")
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    outside = "".join(bare.split("$")[::2])
    assert not set("_^|<>") & set(outside.replace(r"\_", "").replace(r"\textasciicircum{}", ""))


def test_names_of_the_code_are_escaped():
    assert escaped("a_b{c}$%") == r"a\_b\{c\}\$\%"

from theory.assumptions import Assumption, closure


def test_implications_are_followed():
    assert Assumption.SMOOTH in closure(frozenset({Assumption.WORKERS_SMOOTH}))


def test_at_the_report_point_is_weaker_than_everywhere():
    along = frozenset({Assumption.HETEROGENEITY_AT_REPORT_POINT})
    everywhere = frozenset({Assumption.BOUNDED_HETEROGENEITY})
    assert along <= closure(everywhere)
    assert not everywhere <= closure(along)

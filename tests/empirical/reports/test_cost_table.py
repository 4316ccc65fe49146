from empirical.reports import cost_table
from empirical.reports.costs import costs


def test_the_page_holds_table_and_figure(groups, tmp_path):
    found = costs(groups[:2])
    written = cost_table.write_costs(
        tmp_path / "page", found, [cost_table.cost_row(c) for c in found]
    )
    text = written.read_text().replace("<wbr>", "")  # names may break there
    assert "minibatch_sgd" in text
    assert "data:image/png" in text


def test_every_method_has_a_curve_however_many_there_are(groups):
    [axes] = cost_table.costs_figure(costs(groups[:1]) * 45).axes
    assert len(axes.lines) == 2 * 45  # a curve and its end
    assert axes.get_xlabel() == "sent and received by a worker [MB]"

"""yamllint, strict, over every file of YAML that is rendered."""

from checkout import ROOT

CONFIGURATION = ROOT / ".yamllint"
CALL = ("yamllint", "--strict", "--config-file", CONFIGURATION, "--format", "parsable")


def test_no_finding_in_any_rendered_file(run, alpha, production, count):
    files = sorted(path for tree in (alpha, production) for path in tree.rglob("*") if path.suffix in (".yaml", ".yml"))
    done = run(*CALL, *files)
    assert (done.returncode, done.stdout) == (0, "")
    assert {tree for tree in (alpha, production) if any(path.is_relative_to(tree) for path in files)} == {
        alpha,
        production,
    }
    count(f"yamllint: {len(files)} files, 0 findings")


def test_it_refuses_a_duplicate_key_and_an_ambiguous_value(run, scratch):
    (scratch / "broken.yaml").write_text("a: 1\na: 2\nb: yes\n")
    done = run(*CALL, scratch / "broken.yaml")
    assert done.returncode != 0
    assert "(key-duplicates)" in done.stdout
    assert "(truthy)" in done.stdout

"""The order in which a release is applied."""

from hypothesis import given
from hypothesis import strategies as st

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.plan.ranks import WAVE, ranks, wave

ALPHA = objects(render(open_spec("spec/environments.yaml").environments["alpha"]))


def manifest(kind, wave=None, name="x"):
    return {"kind": kind, "metadata": {"name": name, "annotations": {} if wave is None else {WAVE: wave}}}


def kinds(objects_):
    return [[each["kind"] for each in rank] for rank in ranks(objects_)]


def rank_of():
    return {str(reference(obj)): number for number, rank in enumerate(ranks(ALPHA)) for obj in rank}


def test_alpha_is_applied_as_its_parts_need_each_other():
    at = rank_of()
    order = (
        "namespace/kkambbaki-alpha", "secret/kkambbaki", "persistentvolumeclaim/postgresql", "statefulset/postgresql",
        next(name for name in at if name.startswith("job/migration-")), "deployment/webapp",
        "middleware.traefik.io/access", "ingress.networking.k8s.io/kkambbaki",
    )  # fmt: skip
    assert [at[name] for name in order] == sorted({at[name] for name in order})


def test_alpha_is_applied_in_few_steps():
    at = rank_of()
    assert at["statefulset/postgresql"] == at["deployment/redis"] == at["service/postgresql"]
    assert at["deployment/webapp"] == at["deployment/nginx"] == at["service/webapp"]
    assert at["secret/kkambbaki"] == at["configmap/webapp"] == at["persistentvolume/kkambbaki-alpha-redis"]
    assert len(ranks(ALPHA)) == 9


def test_the_wave_goes_before_the_kind():
    assert kinds([manifest("Namespace", "1"), manifest("Ingress", "-1")]) == [["Ingress"], ["Namespace"]]


def test_within_a_wave_and_without_one_the_kind_decides():
    given_ = ["Ingress", "Deployment", "PersistentVolumeClaim", "Middleware", "Namespace", "CustomResourceDefinition"]
    assert kinds(map(manifest, given_)) == [[kind] for kind in (*given_[:3:-1][::-1], *given_[3::-1])]


def test_no_wave_and_no_number_are_wave_0():
    assert [wave(manifest("Pod", each)) for each in (None, "late", "", "-7", "3")] == [0, 0, 0, -7, 3]


@given(st.lists(st.builds(manifest, st.sampled_from(["Namespace", "Job", "X"]), st.sampled_from([None, "-1", "2"]))))
def test_every_object_is_in_one_rank_in_the_order_it_came_in(made):
    ranked = [obj for rank in ranks(made) for obj in rank]
    assert sorted(map(id, ranked)) == sorted(map(id, made))
    for rank in ranks(made):
        places = [[id(each) for each in made].index(id(obj)) for obj in rank]
        assert places == sorted(places)

"""Those who ask: anyone, a user, and staff."""

import pytest
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from monitor.models import Target
from tests.factories import TargetFactory, UserFactory


def client_of(*, is_staff: bool) -> APIClient:
    token = Token.objects.create(user=UserFactory.create(is_staff=is_staff))
    return APIClient(headers={"Authorization": f"Token {token.key}"})


@pytest.fixture
def anyone(db: None) -> APIClient:
    return APIClient()


@pytest.fixture
def user(db: None) -> APIClient:
    return client_of(is_staff=False)


@pytest.fixture
def staff(db: None) -> APIClient:
    return client_of(is_staff=True)


@pytest.fixture
def target(db: None) -> Target:
    return TargetFactory.create(name="Shop")

import pytest

pytest.register_assert_rewrite("tests.market_on_chain")

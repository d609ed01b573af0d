from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.store.conftest import ORDERS, Clock
from voicebot.store import Store
from voicebot.tools.base import ToolContext
from voicebot.tools.create_return import TOOL
from voicebot.tools.registry import call, load_tools


def test_a_return_is_told_and_shown(store: Store) -> None:
    one = frozenset({"ORD456"})
    result = TOOL.run(ToolContext(store, one, one, "k"), order_id="ORD456", reason="broken")
    assert result.ok
    assert result.say == (
        "Your return is set up, the number is RET-ORD456."
        " You'll get $59.50 back within 5 to 7 business days."
    )
    assert result.card is not None
    assert result.card.kind == "return"
    assert result.data == {
        "return_id": "RET-ORD456",
        "order_id": "ORD456",
        "reason": "broken",
        "refund_amount": 59.5,
        "refund_eta": "5-7 business days",
    }


def test_a_refusal_is_told_with_its_reason(store: Store) -> None:
    one = frozenset({"ORD123"})
    result = TOOL.run(ToolContext(store, one, one, "k"), order_id="ORD123", reason="broken")
    assert not result.ok
    assert result.data["error"]["code"] == "not_delivered"
    assert result.say == "Order ORD123 hasn't been delivered yet, so it can't be returned now."


# ---- whatever is tried, in whatever order

DELIVERED = {
    f"ORD{n}": ORDERS["ORD456"] | {"order_id": f"ORD{n}", "customer": f"Pat {name}"}
    for n, name in ((1, "Doe"), (2, "Smith"), (3, "Bell"))
}
SHOP = ORDERS | DELIVERED
NAMES = ("Doe", "Smith", "Bell", "Miller", "D O E", "")
IDS = st.sampled_from([*SHOP, "ORD999"])
SESSIONS = st.sampled_from(["a", "b"])


class Customers(RuleBasedStateMachine):
    """Two customers who verify, confirm and return at random, through the tools alone."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        folder = Path(self.folder.name)
        (folder / "orders.json").write_text(json.dumps(SHOP))
        self.store = Store(f"sqlite:///{folder}/store.db", clock=self.clock)
        self.store.load(folder / "orders.json")
        self.verified: dict[str, set[str]] = {"a": set(), "b": set()}
        self.rightly: set[str] = set()  # orders whose own name was given by somebody

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(session=SESSIONS, order_id=IDS, name=st.sampled_from(NAMES))
    def verify(self, session: str, order_id: str, name: str) -> None:
        result = self.store.verify(order_id, name, session)
        owner = SHOP[order_id]["customer"].split()[-1] if order_id in SHOP else None
        if result.ok:
            assert name.replace(" ", "").lower() == str(owner).lower()
            self.verified[session].add(order_id)
            self.rightly.add(order_id)

    @rule(session=SESSIONS, order_id=IDS, confirmed=st.booleans(), key=st.integers(0, 3))
    def give_back(self, session: str, order_id: str, confirmed: bool, key: int) -> None:
        before = {made.order_id for made in self.store.returns()}
        context = ToolContext(
            self.store,
            frozenset(self.verified[session]),
            frozenset({order_id}) if confirmed else frozenset(),
            f"{session}:{order_id}:{key}",
        )
        eligible = self.store.eligibility(order_id) is None
        arguments = {"order_id": order_id, "reason": "broken"}
        result = call(load_tools(), "create_return", context, arguments)
        after = {made.order_id for made in self.store.returns()}
        allowed = confirmed and order_id in self.verified[session] and eligible
        assert after - before == ({order_id} if allowed else set())
        if after != before:
            assert result.ok

    @rule(days=st.integers(0, 20))
    def wait(self, days: int) -> None:
        self.clock.forward(days=days)

    @rule()
    def load_again(self) -> None:
        self.store.load(Path(self.folder.name) / "orders.json")

    @invariant()
    def no_return_is_unverified_ineligible_or_double(self) -> None:
        made = [each.order_id for each in self.store.returns()]
        assert len(made) == len(set(made))
        assert set(made) <= self.rightly
        assert all(SHOP[order_id]["status"].lower() == "delivered" for order_id in made)


Customers.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestCustomers = Customers.TestCase

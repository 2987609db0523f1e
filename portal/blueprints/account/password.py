"""The change of one's own password: who is there is proved first, within limits."""

from __future__ import annotations

from portal import catalogues, clock
from portal.blueprints.account.forms import PasswordForm
from portal.domain.errors import Refusal
from portal.domain.sessions import AccountEvent
from portal.domain.throttles import PASSWORD_CHECK, Hit
from portal.models.organizations import User
from portal.services import passwords, people
from portal.services.people import Credentials
from portal.web import db, identity, throttles

WRONG = "This is not your current password."


def change_own_password(form: PasswordForm) -> bool:
    """Change it, and go on in a new session; False when `form` says what is wrong, `TooSoon` for too many tries."""
    user = identity.current_user()
    # Hashing takes its time, and attempts are counted apart: the request has written nothing yet.
    db.release()
    tried = Hit(PASSWORD_CHECK, str(user.id))
    throttles.count(tried)
    try:
        people.check_password(Credentials(user.id, user.email, user.password_hash), form.current_password.data or "")
    except Refusal:
        form.current_password.errors = [WRONG]
        return False
    throttles.forgive(all_of=tried)
    try:
        passwords.check_new(form.new_password.data or "", of=user, brand=catalogues.load_seller().entity.brand)
    except Refusal as refusal:
        form.new_password.errors = [str(refusal)]
        return False
    _take(user.id, people.hash_password(form.new_password.data or ""))
    return True


def _take(user_id: int, password_hash: str) -> None:
    session = db.session()
    user = session.get_one(User, user_id)
    event = AccountEvent.PASSWORD_CHANGED
    passwords.change(session, user, password_hash=password_hash, event=event, by=user, at=clock.now())
    identity.sign_in(user)

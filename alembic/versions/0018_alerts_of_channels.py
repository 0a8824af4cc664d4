"""alerts that tell of a channel that was disabled

Revision ID: 0018
Revises: 0017
"""

from alembic import op
revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

BEFORE = "'story', 'update', 'event', 'spike', 'digest', 'heartbeat'"


def upgrade() -> None:
    op.drop_constraint('kind_known', 'alert', type_='check')
    op.create_check_constraint('kind_known', 'alert', f"kind IN ({BEFORE}, 'channel')")


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE kind = 'channel'")
    op.drop_constraint('kind_known', 'alert', type_='check')
    op.create_check_constraint('kind_known', 'alert', f'kind IN ({BEFORE})')

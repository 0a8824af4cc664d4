"""what watches matched of late and when they last rang are found by indexes

Revision ID: 0025
Revises: 0024
"""

from alembic import op
revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('match_matched', 'match', ['matched_at', 'watch_id'])
    op.create_index('alert_watch', 'alert', ['watch_id', 'planned_at'])


def downgrade() -> None:
    op.drop_index('alert_watch', table_name='alert')
    op.drop_index('match_matched', table_name='match')

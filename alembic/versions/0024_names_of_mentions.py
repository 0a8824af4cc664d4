"""the newest items that name somebody are found by an index

Revision ID: 0024
Revises: 0023
"""

from alembic import op
revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('mention_name', 'mention', ['name', 'item_id'])


def downgrade() -> None:
    op.drop_index('mention_name', table_name='mention')

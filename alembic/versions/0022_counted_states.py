"""indexes of what failed and what was given up: both are counted again and again

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('item_failed', 'item', ['id'], unique=False, postgresql_where=sa.text("state = 'failed'"))
    op.create_index('delivery_dead', 'delivery', ['id'], unique=False, postgresql_where=sa.text("state = 'dead'"))


def downgrade() -> None:
    op.drop_index('delivery_dead', table_name='delivery', postgresql_where=sa.text("state = 'dead'"))
    op.drop_index('item_failed', table_name='item', postgresql_where=sa.text("state = 'failed'"))

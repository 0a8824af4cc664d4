"""the numbers that articles are searched by

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('search',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('numbers', postgresql.ARRAY(sa.Integer()), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id')
    )
    op.create_index('search_numbers', 'search', ['numbers'], postgresql_using='gin')
    # Items up to this one may have no numbers yet: tocsin db index gives them theirs.
    op.execute("INSERT INTO version (noun, number) SELECT 'unindexed', coalesce(max(id), 0) FROM item")


def downgrade() -> None:
    op.execute("DELETE FROM version WHERE noun = 'unindexed'")
    op.drop_table('search')

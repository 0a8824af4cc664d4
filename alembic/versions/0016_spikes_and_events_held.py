"""spikes and events of feeds are held like stories

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

OF_ONE = """CASE WHEN line IS NULL THEN num_nulls(story_id, item_id) = 0 AND once = ''
 ELSE num_nonnulls(story_id, item_id) = 0 AND once <> '' END"""


def upgrade() -> None:
    op.alter_column('held', 'story_id', existing_type=sa.BigInteger(), nullable=True)
    op.alter_column('held', 'item_id', existing_type=sa.BigInteger(), nullable=True)
    op.add_column('held', sa.Column('once', sa.Text(), server_default='', nullable=False))
    op.add_column('held', sa.Column('line', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_check_constraint('held_of_one', 'held', OF_ONE)
    op.create_index('held_key', 'held', ['once', 'channel_id'], unique=True, postgresql_where=sa.text("once <> ''"))


def downgrade() -> None:
    op.execute("DELETE FROM held WHERE line IS NOT NULL")
    op.drop_index('held_key', table_name='held')
    op.drop_constraint('held_of_one', 'held', type_='check')
    op.drop_column('held', 'line')
    op.drop_column('held', 'once')
    op.alter_column('held', 'item_id', existing_type=sa.BigInteger(), nullable=False)
    op.alter_column('held', 'story_id', existing_type=sa.BigInteger(), nullable=False)

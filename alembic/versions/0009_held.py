"""matches that wait for a digest or a summary

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column('match', sa.Column('due_at', MOMENT, nullable=True))
    op.create_table('held',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('story_id', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('channel_id', sa.BigInteger(), nullable=False),
    sa.Column('milestones', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('held_at', MOMENT, server_default=sa.text('now()'), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('released_at', MOMENT, nullable=True),
    sa.Column('alert_id', sa.BigInteger(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind IN ('digest', 'summary', 'storm', 'backfill')", name='kind_known'),
    sa.CheckConstraint("released_at IS NOT NULL OR (alert_id IS NULL AND note = '')", name='held_release'),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['alert_id'], ['alert.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('watch_id', 'story_id', 'channel_id', 'kind', 'milestones', name='held_once')
    )
    op.create_index('held_due', 'held', ['due_at'], postgresql_where=sa.text('released_at IS NULL'))
    op.create_index('held_story', 'held', ['story_id'])
    op.create_index('held_item', 'held', ['item_id'])
    op.create_index('held_alert', 'held', ['alert_id'])


def downgrade() -> None:
    op.drop_table('held')
    op.drop_column('match', 'due_at')

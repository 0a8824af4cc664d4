"""alerts that tell of more than one story; how often spike watches match; heartbeats

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

KINDS = "kind IN ('story', 'update', 'event', 'spike', 'digest', 'heartbeat')"
OF_ONE = (
    "CASE WHEN kind IN ('story', 'update') THEN num_nulls(watch_id, story_id, item_id) = 0"
    " AND event_id IS NULL WHEN kind = 'event' THEN num_nulls(watch_id, event_id) = 0"
    " AND story_id IS NULL AND item_id IS NULL ELSE content IS NOT NULL AND once <> ''"
    " AND num_nonnulls(story_id, item_id, event_id) = 0 END"
)
WAS_OF_ONE = (
    "CASE WHEN event_id IS NULL THEN story_id IS NOT NULL AND item_id IS NOT NULL"
    " ELSE story_id IS NULL AND item_id IS NULL END"
)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column('alert', sa.Column('kind', sa.Text(), server_default='story', nullable=False))
    op.add_column('alert', sa.Column('once', sa.Text(), server_default='', nullable=False))
    op.add_column('alert', sa.Column('content', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.alter_column('alert', 'watch_id', nullable=True)
    op.execute("UPDATE alert SET kind = 'event' WHERE event_id IS NOT NULL")
    op.drop_constraint('alert_of_one', 'alert', type_='check')
    op.drop_constraint('alert_once', 'alert', type_='unique')
    op.create_check_constraint('kind_known', 'alert', KINDS)
    op.create_check_constraint('alert_of_one', 'alert', OF_ONE)
    op.create_index('alert_once', 'alert', ['watch_id', 'story_id'], unique=True, postgresql_where=sa.text("kind = 'story'"))
    op.create_index('alert_key', 'alert', ['once'], unique=True, postgresql_where=sa.text("once <> ''"))
    op.create_table('heartbeat',
    sa.Column('channel_id', sa.BigInteger(), nullable=False),
    sa.Column('told_at', MOMENT, server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('channel_id')
    )
    op.create_table('covered_hour',
    sa.Column('hour', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('hour')
    )
    op.create_table('spike',
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('since', MOMENT, server_default=sa.text('now()'), nullable=False),
    sa.Column('rung_at', MOMENT, nullable=True),
    sa.Column('high_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('watch_id')
    )
    op.create_table('spike_hour',
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('hour', MOMENT, nullable=False),
    sa.Column('stories', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('watch_id', 'hour')
    )
    op.create_table('spike_story',
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('hour', MOMENT, nullable=False),
    sa.Column('story_id', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('seen_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('watch_id', 'hour', 'story_id')
    )
    op.create_index('spike_story_seen', 'spike_story', ['seen_at'])


def downgrade() -> None:
    for table in ('spike_story', 'spike_hour', 'spike', 'covered_hour', 'heartbeat'):
        op.drop_table(table)
    op.execute("DELETE FROM alert WHERE kind NOT IN ('story', 'event')")
    op.drop_index('alert_key', table_name='alert')
    op.drop_index('alert_once', table_name='alert')
    op.drop_constraint('alert_of_one', 'alert', type_='check')
    op.drop_constraint('kind_known', 'alert', type_='check')
    op.create_unique_constraint('alert_once', 'alert', ['watch_id', 'story_id'])
    op.create_check_constraint('alert_of_one', 'alert', WAS_OF_ONE)
    op.alter_column('alert', 'watch_id', nullable=False)
    for name in ('content', 'once', 'kind'):
        op.drop_column('alert', name)

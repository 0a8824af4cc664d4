"""what deleted items were known by, an index for each foreign key, and vacuum sooner

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

#: Name, table, column; True where most rows have none.
INDEXES = (
    ('story_merged', 'story', 'merged_into', True),
    ('mute_watch', 'mute', 'watch_id', True),
    ('alert_event', 'alert', 'event_id', True),
    ('held_channel', 'held', 'channel_id', False),
    ('spike_story_story', 'spike_story', 'story_id', False),
    ('spike_story_item', 'spike_story', 'item_id', False),
)
#: Rows of these change several times or are deleted soon: at a fifth of a large table, the default,
#: vacuum would have too much to do at once.
BUSY = ('item', 'poll', 'host', 'delivery', 'page', 'sketch', 'sketch_key')
SOONER = ('autovacuum_vacuum_scale_factor', 'autovacuum_analyze_scale_factor')


def upgrade() -> None:
    op.create_table('gone',
    sa.Column('feed_id', sa.BigInteger(), nullable=False),
    sa.Column('identity', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('link', sa.BigInteger(), nullable=True),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('offered_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['feed_id'], ['feed.id']),
    sa.PrimaryKeyConstraint('feed_id', 'identity')
    )
    op.create_index('gone_link', 'gone', ['feed_id', 'link'])
    op.create_table('pruning',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed', postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
    sa.PrimaryKeyConstraint('day')
    )
    op.add_column('poll', sa.Column('whole_at', sa.DateTime(timezone=True), nullable=True))
    for name, table, column, sparse in INDEXES:
        where = sa.text(f'{column} IS NOT NULL') if sparse else None
        op.create_index(name, table, [column], postgresql_where=where)
    for table in BUSY:
        op.execute(f"ALTER TABLE {table} SET ({', '.join(f'{name} = 0.02' for name in SOONER)})")


def downgrade() -> None:
    for table in BUSY:
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(SOONER)})")
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_column('poll', 'whole_at')
    op.drop_table('pruning')
    op.drop_table('gone')

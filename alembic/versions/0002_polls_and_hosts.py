"""polls apart from feeds; hosts, events, revisions, floods

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('host',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('free_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('busy_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.Text(), server_default='', nullable=False),
    sa.Column('line_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pace', sa.Interval(), nullable=True),
    sa.Column('crawl_delay', sa.Interval(), nullable=True),
    sa.Column('declared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('scope', sa.Text(), nullable=True),
    sa.Column('limited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('robots', sa.Text(), nullable=True),
    sa.Column('robots_status', sa.Integer(), nullable=True),
    sa.Column('robots_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('robots_lost_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name'),
    postgresql_with={'fillfactor': '70'}
    )
    op.create_index('host_limited', 'host', ['limited_at'], unique=False, postgresql_where=sa.text('limited_at IS NOT NULL'))
    op.create_table('event',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('feed_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('announced_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['feed_id'], ['feed.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('event_feed', 'event', ['feed_id', 'id'], unique=False)
    op.create_index('event_owed', 'event', ['id'], unique=False, postgresql_where=sa.text('announced_at IS NULL'))
    op.create_table('poll',
    sa.Column('feed_id', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_poll_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('lease_owner', sa.Text(), server_default='', nullable=False),
    sa.Column('host', sa.Text(), server_default='', nullable=False),
    sa.Column('in_line', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('first_polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_ok_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_error', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('etag', sa.LargeBinary(), nullable=True),
    sa.Column('last_modified', sa.LargeBinary(), nullable=True),
    sa.Column('body_hash', sa.LargeBinary(), nullable=True),
    sa.Column('entry_hashes', sa.LargeBinary(), nullable=True),
    sa.Column('rhythm', sa.LargeBinary(), nullable=True),
    sa.Column('history', sa.LargeBinary(), nullable=True),
    sa.Column('standing', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.ForeignKeyConstraint(['feed_id'], ['feed.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('feed_id'),
    postgresql_with={'fillfactor': '80'}
    )
    op.create_index('poll_due', 'poll', ['due_at'], unique=False)
    op.create_table('revision',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('summary', sa.Text(), server_default='', nullable=False),
    sa.Column('content', sa.Text(), server_default='', nullable=False),
    sa.Column('replaced_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id', 'number')
    )
    op.add_column('alert', sa.Column('event_id', sa.BigInteger(), nullable=True))
    op.alter_column('alert', 'story_id',
               existing_type=sa.BIGINT(),
               nullable=True)
    op.alter_column('alert', 'item_id',
               existing_type=sa.BIGINT(),
               nullable=True)
    op.create_unique_constraint('alert_event_once', 'alert', ['watch_id', 'event_id'])
    op.create_foreign_key('alert_event_id_fkey', 'alert', 'event', ['event_id'], ['id'], ondelete='CASCADE')
    op.add_column('feed', sa.Column('options', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('feed', sa.Column('declared_url', sa.Text(), server_default='', nullable=False))
    op.execute("UPDATE feed SET declared_url = url WHERE declared")
    op.add_column('feed', sa.Column('aliases', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False))
    op.execute("""
        INSERT INTO poll (feed_id, due_at, next_poll_at, first_polled_at, last_polled_at,
            last_ok_at, failures, last_status, last_error, reason, etag, last_modified, body_hash,
            host)
        SELECT id, CASE WHEN state = 'active' AND removed_at IS NULL THEN next_poll_at END,
            next_poll_at, first_polled_at, last_polled_at, last_ok_at, failures, last_status,
            last_error, reason, etag, last_modified, body_hash,
            lower(coalesce(substring(url from '^https?://(?:[^/@?#]*@)?([^/:?#$]+)'), ''))
        FROM feed
    """)
    op.execute("INSERT INTO host (name) SELECT DISTINCT host FROM poll WHERE host <> ''")
    op.drop_index('feed_due', table_name='feed')
    op.drop_column('feed', 'lease_until')
    op.drop_column('feed', 'last_polled_at')
    op.drop_column('feed', 'failures')
    op.drop_column('feed', 'last_ok_at')
    op.drop_column('feed', 'last_error')
    op.drop_column('feed', 'body_hash')
    op.drop_column('feed', 'next_poll_at')
    op.drop_column('feed', 'last_modified')
    op.drop_column('feed', 'etag')
    op.drop_column('feed', 'reason')
    op.drop_column('feed', 'last_status')
    op.drop_column('feed', 'lease_owner')
    op.drop_column('feed', 'first_polled_at')
    op.add_column('item', sa.Column('link', sa.BigInteger(), nullable=True))
    op.add_column('item', sa.Column('date_rule', sa.Text(), server_default='', nullable=False))
    op.add_column('item', sa.Column('enclosures', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False))
    op.create_index('item_held', 'item', ['feed_id'], unique=False, postgresql_where=sa.text("state = 'held'"))
    op.create_index('item_link', 'item', ['feed_id', 'link'], unique=False)
    op.create_check_constraint('alert_of_one', 'alert', "CASE WHEN event_id IS NULL THEN story_id IS NOT NULL AND item_id IS NOT NULL ELSE story_id IS NULL AND item_id IS NULL END")
    op.drop_constraint('state_known', 'item', type_='check')
    op.create_check_constraint('state_known', 'item', "state IN ('discovered', 'fetched', 'tagged', 'failed', 'held')")


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE event_id IS NOT NULL")
    op.execute("UPDATE item SET state = 'fetched', baseline = true WHERE state = 'held'")
    op.drop_constraint('state_known', 'item', type_='check')
    op.create_check_constraint('state_known', 'item', "state IN ('discovered', 'fetched', 'tagged', 'failed')")
    op.drop_index('item_link', table_name='item')
    op.drop_index('item_held', table_name='item')
    op.drop_column('item', 'enclosures')
    op.drop_column('item', 'date_rule')
    op.drop_column('item', 'link')
    op.drop_constraint('alert_of_one', 'alert', type_='check')
    op.drop_constraint('alert_event_once', 'alert', type_='unique')
    op.drop_column('alert', 'event_id')
    op.alter_column('alert', 'item_id', existing_type=sa.BigInteger(), nullable=False)
    op.alter_column('alert', 'story_id', existing_type=sa.BigInteger(), nullable=False)
    for name in ('etag', 'last_modified', 'body_hash'):
        op.add_column('feed', sa.Column(name, sa.LargeBinary()))
    for name in ('lease_until', 'first_polled_at', 'last_polled_at', 'last_ok_at'):
        op.add_column('feed', sa.Column(name, sa.DateTime(timezone=True)))
    for name in ('lease_owner', 'last_error', 'reason'):
        op.add_column('feed', sa.Column(name, sa.Text(), server_default='', nullable=False))
    op.add_column('feed', sa.Column('next_poll_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False))
    op.add_column('feed', sa.Column('failures', sa.Integer(), server_default='0', nullable=False))
    op.add_column('feed', sa.Column('last_status', sa.Integer()))
    op.execute("""
        UPDATE feed SET next_poll_at = poll.next_poll_at, first_polled_at = poll.first_polled_at,
            last_polled_at = poll.last_polled_at, last_ok_at = poll.last_ok_at,
            failures = poll.failures, last_status = poll.last_status,
            last_error = poll.last_error, reason = poll.reason, etag = poll.etag,
            last_modified = poll.last_modified, body_hash = poll.body_hash
        FROM poll WHERE feed_id = feed.id
    """)
    op.create_index('feed_due', 'feed', ['next_poll_at'], unique=False, postgresql_where=sa.text("state = 'active' AND removed_at IS NULL"))
    op.drop_column('feed', 'aliases')
    op.drop_column('feed', 'declared_url')
    op.drop_column('feed', 'options')
    op.drop_table('revision')
    op.drop_table('event')
    op.drop_table('host')
    op.drop_table('poll')

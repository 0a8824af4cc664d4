"""first tables

Revision ID: 0001
Revises: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('channel',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('config', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('declared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('channel_name_living', 'channel', ['name'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('entity',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('aliases', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('countries', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('role', sa.Text(), server_default='', nullable=False),
    sa.Column('wikidata', sa.Text(), server_default='', nullable=False),
    sa.Column('declared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('person', 'organization')", name='kind_known'),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_table('feed',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('outlet', sa.Text(), server_default='', nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('tags', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('state', sa.Text(), server_default='active', nullable=False),
    sa.Column('interval', sa.Interval(), nullable=True),
    sa.Column('backfill', sa.Integer(), server_default='0', nullable=False),
    sa.Column('declared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('etag', sa.LargeBinary(), nullable=True),
    sa.Column('last_modified', sa.LargeBinary(), nullable=True),
    sa.Column('body_hash', sa.LargeBinary(), nullable=True),
    sa.Column('next_poll_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.Text(), server_default='', nullable=False),
    sa.Column('first_polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_polled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_ok_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('last_error', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('active', 'paused', 'retired')", name='state_known'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('feed_due', 'feed', ['next_poll_at'], unique=False, postgresql_where=sa.text("state = 'active' AND removed_at IS NULL"))
    op.create_index('feed_name_living', 'feed', ['name'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_index('feed_url_living', 'feed', ['url'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('story',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('items', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('watch',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('channels', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('enabled', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('declared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('watch_name_living', 'watch', ['name'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('item',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('feed_id', sa.BigInteger(), nullable=False),
    sa.Column('identity', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('guid', sa.Text(), server_default='', nullable=False),
    sa.Column('url', sa.Text(), server_default='', nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('summary', sa.Text(), server_default='', nullable=False),
    sa.Column('content', sa.Text(), server_default='', nullable=False),
    sa.Column('authors', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('categories', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('baseline', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), server_default='discovered', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('enqueued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.Text(), server_default='', nullable=False),
    sa.Column('tagged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('story_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("state IN ('discovered', 'fetched', 'tagged', 'failed')", name='state_known'),
    sa.ForeignKeyConstraint(['feed_id'], ['feed.id'], ),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('feed_id', 'identity', name='item_identity')
    )
    op.create_index('item_feed_seen', 'item', ['feed_id', 'seen_at'], unique=False)
    op.create_index('item_owed', 'item', ['next_attempt_at'], unique=False, postgresql_where=sa.text("state IN ('discovered', 'fetched')"))
    op.create_index('item_seen', 'item', ['seen_at'], unique=False)
    op.create_index('item_story', 'item', ['story_id'], unique=False)
    op.create_index('item_tagged', 'item', ['tagged_at', 'id'], unique=False)
    op.create_index('item_url', 'item', ['url'], unique=False, postgresql_using='hash')
    op.create_table('alert',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('story_id', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('watch_id', 'story_id', name='alert_once')
    )
    op.create_index('alert_item', 'alert', ['item_id'], unique=False)
    op.create_index('alert_planned', 'alert', ['planned_at'], unique=False)
    op.create_index('alert_story', 'alert', ['story_id'], unique=False)
    op.create_table('article',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('text', sa.Text(), server_default='', nullable=False),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('url', sa.Text(), server_default='', nullable=False),
    sa.Column('outlet', sa.Text(), server_default='', nullable=False),
    sa.Column('authors', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('modified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('captions', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('credits', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('source', sa.Text(), server_default='page', nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('minhash', sa.LargeBinary(), nullable=True),
    sa.Column('bands', sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('tagged_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("source IN ('page', 'feed content', 'feed summary')", name='source_known'),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id')
    )
    op.create_index('article_bands', 'article', ['bands'], unique=False, postgresql_using='gin')
    op.create_table('match',
    sa.Column('watch_id', sa.BigInteger(), nullable=False),
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('announced', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('matched_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['watch_id'], ['watch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('watch_id', 'item_id')
    )
    op.create_index('match_item', 'match', ['item_id'], unique=False)
    op.create_table('mention',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('salience', sa.DOUBLE_PRECISION(), server_default='0', nullable=False),
    sa.Column('in_title', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('spans', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('title_spans', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('found_by', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind IN ('person', 'organization', 'country', 'topic')", name='kind_known'),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id', 'kind', 'key')
    )
    op.create_index('mention_key', 'mention', ['key', 'item_id'], unique=False)
    op.create_table('page',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('url', sa.Text(), server_default='', nullable=False),
    sa.Column('content_type', sa.Text(), server_default='', nullable=False),
    sa.Column('html', sa.LargeBinary(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('item_id')
    )
    op.create_index('page_fetched', 'page', ['fetched_at'], unique=False)
    op.create_table('delivery',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('alert_id', sa.BigInteger(), nullable=False),
    sa.Column('channel_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('enqueued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.Text(), server_default='', nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'sent', 'dead')", name='state_known'),
    sa.ForeignKeyConstraint(['alert_id'], ['alert.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['channel_id'], ['channel.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('alert_id', 'channel_id', name='delivery_once'),
    sa.UniqueConstraint('message_id', name='delivery_message_id')
    )
    op.create_index('delivery_channel', 'delivery', ['channel_id', 'state'], unique=False)
    op.create_index('delivery_owed', 'delivery', ['next_attempt_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('attempt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('delivery_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), server_default='0', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('delivered', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('detail', sa.Text(), server_default='', nullable=False),
    sa.Column('elapsed', sa.DOUBLE_PRECISION(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('attempt_delivery', 'attempt', ['delivery_id'], unique=False)


def downgrade() -> None:
    op.drop_index('attempt_delivery', table_name='attempt')
    op.drop_table('attempt')
    op.drop_index('delivery_owed', table_name='delivery', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('delivery_channel', table_name='delivery')
    op.drop_table('delivery')
    op.drop_index('page_fetched', table_name='page')
    op.drop_table('page')
    op.drop_index('mention_key', table_name='mention')
    op.drop_table('mention')
    op.drop_index('match_item', table_name='match')
    op.drop_table('match')
    op.drop_index('article_bands', table_name='article', postgresql_using='gin')
    op.drop_table('article')
    op.drop_index('alert_story', table_name='alert')
    op.drop_index('alert_planned', table_name='alert')
    op.drop_index('alert_item', table_name='alert')
    op.drop_table('alert')
    op.drop_index('item_url', table_name='item', postgresql_using='hash')
    op.drop_index('item_tagged', table_name='item')
    op.drop_index('item_story', table_name='item')
    op.drop_index('item_seen', table_name='item')
    op.drop_index('item_owed', table_name='item', postgresql_where=sa.text("state IN ('discovered', 'fetched')"))
    op.drop_index('item_feed_seen', table_name='item')
    op.drop_table('item')
    op.drop_index('watch_name_living', table_name='watch', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_table('watch')
    op.drop_table('story')
    op.drop_index('feed_url_living', table_name='feed', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_index('feed_name_living', table_name='feed', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_index('feed_due', table_name='feed', postgresql_where=sa.text("state = 'active' AND removed_at IS NULL"))
    op.drop_table('feed')
    op.drop_table('entity')
    op.drop_index('channel_name_living', table_name='channel', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_table('channel')

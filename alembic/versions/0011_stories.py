"""what articles are compared by, why they joined their story, mergers and splits of stories

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

NOW = sa.text('now()')
MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    for name in ('follows', 'merged_into'):
        op.add_column('story', sa.Column(name, sa.BigInteger(), nullable=True))
        op.create_foreign_key(f'story_{name}_fkey', 'story', 'story', [name], ['id'])
    op.create_index('story_updated', 'story', ['updated_at'])
    op.create_index('story_follows', 'story', ['follows'], postgresql_where=sa.text('follows IS NOT NULL'))
    op.create_table('story_item',
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('story_id', sa.BigInteger(), nullable=False),
    sa.Column('outlet', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('near', sa.BigInteger(), nullable=True),
    sa.Column('figures', JSONB, server_default=sa.text("'{}'"), nullable=False),
    sa.Column('joined_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['story_id'], ['story.id']),
    sa.PrimaryKeyConstraint('item_id')
    )
    op.execute("""INSERT INTO story_item (item_id, story_id, outlet, reason, joined_at)
        SELECT item.id, item.story_id, coalesce(article.outlet, ''), 'before reasons were kept',
            coalesce(item.tagged_at, item.seen_at)
        FROM item LEFT JOIN article ON article.item_id = item.id WHERE item.story_id IS NOT NULL""")
    op.create_index('story_item_outlet', 'story_item', ['story_id', 'outlet'])
    op.create_table('story_change',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('from_id', sa.BigInteger(), nullable=False),
    sa.Column('to_id', sa.BigInteger(), nullable=False),
    sa.Column('items', JSONB, server_default=sa.text("'[]'"), nullable=False),
    sa.Column('at', MOMENT, server_default=NOW, nullable=False),
    sa.CheckConstraint("kind IN ('merged', 'split')", name='kind_known'),
    sa.ForeignKeyConstraint(['from_id'], ['story.id']),
    sa.ForeignKeyConstraint(['to_id'], ['story.id']),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('story_change_from', 'story_change', ['from_id'])
    op.create_index('story_change_to', 'story_change', ['to_id'])
    op.create_table('sketch',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('item_id', sa.BigInteger(), nullable=False),
    sa.Column('features', sa.LargeBinary(), nullable=False),
    sa.Column('keys', sa.ARRAY(sa.BigInteger()), nullable=False),
    sa.Column('made_at', MOMENT, server_default=NOW, nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('item_id')
    )
    op.create_index('sketch_made', 'sketch', ['made_at'])
    op.create_table('sketch_key',
    sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('sketch_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('key', 'sketch_id')
    )
    op.create_table('rarity',
    sa.Column('noun', sa.Text(), nullable=False),
    sa.Column('articles', sa.Integer(), server_default='0', nullable=False),
    sa.Column('counts', sa.LargeBinary(), nullable=False),
    sa.Column('counted', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('noun')
    )
    op.drop_index('article_bands', 'article')
    op.drop_column('article', 'bands')
    op.drop_column('article', 'minhash')


def downgrade() -> None:
    op.add_column('article', sa.Column('minhash', sa.LargeBinary(), nullable=True))
    op.add_column('article', sa.Column('bands', sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False))
    op.create_index('article_bands', 'article', ['bands'], unique=False, postgresql_using='gin')
    for table in ('rarity', 'sketch_key', 'sketch', 'story_change', 'story_item'):
        op.drop_table(table)
    op.drop_index('story_follows', 'story')
    op.drop_index('story_updated', 'story')
    op.drop_column('story', 'merged_into')
    op.drop_column('story', 'follows')

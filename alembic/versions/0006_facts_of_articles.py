"""what pages say of their articles, what was removed from them, and the lines of hosts

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

FORMS = "form IN ('article', 'live blog', 'live blog update', 'gallery', 'video', 'audio')"


def upgrade() -> None:
    op.create_table('host_lines',
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('articles', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lines', sa.LargeBinary(), nullable=False),
    sa.Column('learned_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('host', 'source')
    )
    op.create_check_constraint('source_known', 'host_lines', "source IN ('page', 'feed')")
    for name in ('section', 'canonical', 'image', 'cut'):
        op.add_column('article', sa.Column(name, sa.Text(), server_default='', nullable=False))
    op.add_column('article', sa.Column('form', sa.Text(), server_default='article', nullable=False))
    op.add_column('article', sa.Column('walled', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('article', sa.Column('removed', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False))
    op.create_check_constraint('form_known', 'article', FORMS)
    op.add_column('mention', sa.Column('caption_spans', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column('mention', 'caption_spans')
    op.drop_constraint('form_known', 'article', type_='check')
    for name in ('removed', 'walled', 'form', 'cut', 'image', 'canonical', 'section'):
        op.drop_column('article', name)
    op.drop_table('host_lines')

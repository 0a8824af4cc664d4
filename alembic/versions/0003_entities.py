"""entities that are merged and know their source; versions of what workers keep in memory

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('version',
    sa.Column('noun', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('noun')
    )
    op.create_table('sync',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('after', sa.Text(), server_default='', nullable=False),
    sa.Column('brought', sa.Integer(), server_default='0', nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )
    op.add_column('entity', sa.Column('merged_into', sa.Text(), server_default='', nullable=False))
    op.add_column('entity', sa.Column('source', sa.Text(), server_default='', nullable=False))
    op.execute("UPDATE entity SET source = 'feeds.yaml' WHERE declared")
    op.create_index('entity_merged', 'entity', ['merged_into'], unique=False, postgresql_where=sa.text("merged_into <> ''"))


def downgrade() -> None:
    op.execute("DELETE FROM entity WHERE merged_into <> ''")
    op.drop_index('entity_merged', table_name='entity')
    op.drop_column('entity', 'source')
    op.drop_column('entity', 'merged_into')
    op.drop_table('sync')
    op.drop_table('version')

"""matches lie by item; fewer indexes of matches and alerts, none of them checks that a watch is there

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

NOWHERE = "reason = 'the watch rings nowhere'"


def upgrade() -> None:
    op.drop_constraint('match_watch_id_fkey', 'match', type_='foreignkey')
    op.drop_constraint('match_item_id_fkey', 'match', type_='foreignkey')
    op.drop_constraint('match_pkey', 'match', type_='primary')
    op.drop_index('match_item', table_name='match')
    op.create_primary_key('match_pkey', 'match', ['item_id', 'watch_id'])
    op.create_index('match_nowhere', 'match', ['watch_id'], postgresql_where=sa.text(NOWHERE))
    op.drop_constraint('alert_watch_id_fkey', 'alert', type_='foreignkey')
    op.drop_index('alert_once', table_name='alert')
    op.drop_index('alert_story', table_name='alert')
    # An update says which it is; should an early one not, it must not pass for the story's alert.
    op.execute("UPDATE alert SET once = 'update:' || id WHERE kind = 'update' AND once = ''")
    op.create_index('alert_once', 'alert', ['story_id', 'watch_id', 'once'], unique=True)
    op.drop_constraint('alert_event_once', 'alert', type_='unique')
    op.drop_index('alert_event', table_name='alert')
    op.create_index('alert_event_once', 'alert', ['event_id', 'watch_id'], unique=True,
                    postgresql_where=sa.text('event_id IS NOT NULL'))


def downgrade() -> None:
    op.drop_index('alert_event_once', table_name='alert')
    op.create_index('alert_event', 'alert', ['event_id'],
                    postgresql_where=sa.text('event_id IS NOT NULL'))
    op.create_unique_constraint('alert_event_once', 'alert', ['watch_id', 'event_id'])
    op.drop_index('alert_once', table_name='alert')
    op.create_index('alert_story', 'alert', ['story_id'])
    op.create_index('alert_once', 'alert', ['watch_id', 'story_id'], unique=True,
                    postgresql_where=sa.text("kind = 'story'"))
    op.execute("DELETE FROM alert WHERE watch_id NOT IN (SELECT id FROM watch)")
    op.execute("DELETE FROM match WHERE watch_id NOT IN (SELECT id FROM watch)"
               " OR item_id NOT IN (SELECT id FROM item)")
    op.create_foreign_key('alert_watch_id_fkey', 'alert', 'watch', ['watch_id'], ['id'],
                          ondelete='CASCADE')
    op.drop_index('match_nowhere', table_name='match')
    op.drop_constraint('match_pkey', 'match', type_='primary')
    op.create_index('match_item', 'match', ['item_id'])
    op.create_primary_key('match_pkey', 'match', ['watch_id', 'item_id'])
    op.create_foreign_key('match_item_id_fkey', 'match', 'item', ['item_id'], ['id'],
                          ondelete='CASCADE')
    op.create_foreign_key('match_watch_id_fkey', 'match', 'watch', ['watch_id'], ['id'],
                          ondelete='CASCADE')

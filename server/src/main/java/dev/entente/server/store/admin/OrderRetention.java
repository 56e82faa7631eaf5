package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import org.jdbi.v3.core.Handle;

/**
 * Forgets the order of ended deliveries, from the head of each lane on. In the middle a link of what has ended says
 * whom to ask in its place. So where a link is gone, all before it has ended. What is open has its link, and so keeps
 * those behind it.
 *
 * <p>Not thread-safe; blocks.
 */
final class OrderRetention {
    private static final int LANES = 500;
    /** Links of one lane that are forgotten together. */
    private static final int STEPS = 200;

    private final Database database;

    OrderRetention(Database database) {
        this.database = database;
    }

    /** Forgets what has ended at the heads of some lanes; whether there may be more. */
    boolean forgetSlice() {
        return database.jdbi().withHandle(handle -> {
            boolean isAnyGone = forgetLinks(handle) > 0;
            if (!isAnyGone) {
                forgetLanes(handle);
            }
            return isAnyGone;
        });
    }

    private static int forgetLinks(Handle handle) {
        return handle.createUpdate("""
            with recursive gone (gid, delivery, step) as (
              (select o.gid, o.delivery, 1 from delivery_order o
                where not exists (
                    select 1 from delivery_order b where b.gid = o.before_gid and b.delivery = o.before_delivery)
                  and not exists (select 1 from open_transaction t where t.gid = o.gid)
                limit :lanes)
              union all
              select n.gid, n.delivery, g.step + 1
              from gone g cross join lateral (
                select o.gid, o.delivery from delivery_order o
                where o.before_gid = g.gid and o.before_delivery = g.delivery
                  and not exists (select 1 from open_transaction t where t.gid = o.gid)
                limit 1) n
              where g.step < :steps)
            delete from delivery_order o using gone g where o.gid = g.gid and o.delivery = g.delivery\
            """)
                .bind("lanes", LANES)
                .bind("steps", STEPS)
                .execute();
    }

    /** A lane that nobody has used for a day is as good as new once its last has no link. */
    private static void forgetLanes(Handle handle) {
        handle.execute("""
            delete from delivery_lane l where l.moved_at < now() - interval '1 day'
              and not exists (select 1 from delivery_order o where o.gid = l.gid and o.delivery = l.delivery)\
            """);
    }
}

package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * Forgets the order of ended deliveries, from the head of each lane on. In the middle a link of what has ended says
 * whom to ask in its place. So where a link is gone, all before it has ended. What is open has its link, and so keeps
 * those behind it.
 *
 * <p>Not thread-safe; blocks.
 */
final class OrderRetention {
    private static final int SLICE = 500;
    /** Links of one lane that are looked at together. */
    private static final int STEPS = 100;
    /** The number of times that the lanes of a slice are followed further. */
    private static final int ROUNDS = 10;

    private static final Delivery BEFORE_ALL = new Delivery("", "");

    private final Database database;
    /** Heads up to here were looked at. */
    private Delivery lookedAt = BEFORE_ALL;

    OrderRetention(Database database) {
        this.database = database;
    }

    private record Delivery(String gid, String delivery) {}

    /** Forgets what has ended at the heads of some lanes; whether there may be more. */
    boolean forgetSlice() {
        return database.jdbi().withHandle(this::forgetSlice);
    }

    private boolean forgetSlice(Handle handle) {
        List<Delivery> heads = heads(handle);
        boolean isLast = heads.size() < SLICE;
        lookedAt = isLast ? BEFORE_ALL : heads.getLast();
        for (int round = 0; round < ROUNDS && !heads.isEmpty(); round++) {
            heads = forget(handle, heads);
        }
        if (isLast) {
            forgetLanes(handle);
        }
        return !isLast || !heads.isEmpty();
    }

    private List<Delivery> heads(Handle handle) {
        return handle.createQuery("""
            select o.gid, o.delivery from delivery_order o
            where (o.gid, o.delivery) > (:gid, :delivery) and not exists (
              select 1 from delivery_order b where b.gid = o.before_gid and b.delivery = o.before_delivery)
            order by o.gid, o.delivery limit :slice\
            """)
                .bind("gid", lookedAt.gid())
                .bind("delivery", lookedAt.delivery())
                .bind("slice", SLICE)
                .map((row, _) -> new Delivery(row.getString("gid"), row.getString("delivery")))
                .list();
    }

    /**
     * Forgets what has ended of the lanes with these heads; returns the new heads of those that were not seen to their
     * end.
     */
    private static List<Delivery> forget(Handle handle, List<Delivery> heads) {
        Set<String> open = open(handle, heads);
        List<Delivery> endedHeads =
                heads.stream().filter(head -> !open.contains(head.gid())).toList();
        if (endedHeads.isEmpty()) {
            return List.of();
        }
        Collection<List<Delivery>> lanes = lanes(handle, endedHeads);
        open.addAll(open(handle, lanes.stream().flatMap(List::stream).toList()));
        List<Delivery> gone = new ArrayList<>();
        List<Delivery> next = new ArrayList<>();
        for (List<Delivery> lane : lanes) {
            List<Delivery> ended = lane.stream()
                    .takeWhile(delivery -> !open.contains(delivery.gid()))
                    .toList();
            if (ended.size() > STEPS) {
                next.add(ended.getLast());
                ended = ended.subList(0, STEPS);
            }
            gone.addAll(ended);
        }
        remove(handle, gone);
        return next;
    }

    private static Set<String> open(Handle handle, List<Delivery> deliveries) {
        return handle.createQuery("select gid from open_transaction where gid = any (:gids)")
                .bindArray(
                        "gids",
                        String.class,
                        deliveries.stream().map(Delivery::gid).distinct().toList())
                .mapTo(String.class)
                .set();
    }

    /** Returns for each head the deliveries from it on, in their order. */
    private static Collection<List<Delivery>> lanes(Handle handle, List<Delivery> heads) {
        Map<Integer, List<Delivery>> lanes = new LinkedHashMap<>();
        handle.createQuery("""
            with recursive link (lane, step, gid, delivery) as (
              select h.n, 0, h.g collate "C", h.d collate "C" from unnest(:gids, :deliveries) with ordinality h (g, d, n)
              union all
              select l.lane, l.step + 1, n.gid, n.delivery
              from link l cross join lateral (
                select o.gid, o.delivery from delivery_order o
                where o.before_gid = l.gid and o.before_delivery = l.delivery limit 1) n
              where l.step < :steps)
            select lane, gid, delivery from link order by lane, step\
            """)
                .bindArray(
                        "gids", String.class, heads.stream().map(Delivery::gid).toList())
                .bindArray(
                        "deliveries",
                        String.class,
                        heads.stream().map(Delivery::delivery).toList())
                .bind("steps", STEPS)
                .map((row, _) -> lanes.computeIfAbsent(row.getInt("lane"), _ -> new ArrayList<>())
                        .add(new Delivery(row.getString("gid"), row.getString("delivery"))))
                .list();
        return lanes.values();
    }

    private static void remove(Handle handle, List<Delivery> gone) {
        handle.createUpdate("""
            delete from delivery_order o using unnest(:gids, :deliveries) u (g, d)
            where o.gid = u.g and o.delivery = u.d\
            """)
                .bindArray(
                        "gids", String.class, gone.stream().map(Delivery::gid).toList())
                .bindArray(
                        "deliveries",
                        String.class,
                        gone.stream().map(Delivery::delivery).toList())
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

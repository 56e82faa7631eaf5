package dev.entente.server.store.writer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operations that are committed together: sorted by gid, at most one per gid. */
final class Batch {
    private final List<Pending> operations;

    private Batch(List<Pending> operations) {
        this.operations = operations;
    }

    /** Creates a batch sorted by gid, so that two coordinators that insert equal gids wait in one order only. */
    static Batch of(List<Pending> operations) {
        List<Pending> sorted = new ArrayList<>(operations);
        sorted.sort(Comparator.comparing(Pending::gid));
        return new Batch(sorted);
    }

    /** Returns a batch of these operations, or none if there are none. */
    static List<Batch> ofAny(List<Pending> operations) {
        return operations.isEmpty() ? List.of() : List.of(of(operations));
    }

    List<Pending> operations() {
        return operations;
    }

    /** Records that the database refused the operations, alone or together. */
    void refused() {
        long now = System.nanoTime();
        operations.forEach(pending -> pending.refused(now));
    }

    int size() {
        return operations.size();
    }

    Map<String, Pending> byGid() {
        Map<String, Pending> byGid = HashMap.newHashMap(operations.size());
        for (Pending pending : operations) {
            byGid.put(pending.gid(), pending);
        }
        return byGid;
    }

    /** Returns the accepts that were neither written nor found. */
    List<Pending.Accept> openAccepts() {
        List<Pending.Accept> open = new ArrayList<>();
        for (Pending pending : operations) {
            if (pending instanceof Pending.Accept accept && accept.isOpen()) {
                open.add(accept);
            }
        }
        return open;
    }

    /** Returns all operations except a few. */
    List<Pending> without(List<Pending> some) {
        return some.isEmpty()
                ? operations
                : operations.stream().filter(pending -> !some.contains(pending)).toList();
    }

    /** Returns each operation as a batch, in random order: if the first ones are refused, all others may be, too. */
    List<Batch> apart() {
        List<Pending> shuffled = new ArrayList<>(operations);
        Collections.shuffle(shuffled);
        return shuffled.stream().map(each -> new Batch(List.of(each))).toList();
    }
}

package dev.entente.lab.demo;

import com.google.protobuf.util.Timestamps;
import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.demo.OrderTopic;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The coordinator's events under one order's label, in the order of their acceptance. No event is accepted before the
 * one that caused it, for nobody was told of that one before.
 */
record CausalChain(List<Transaction> events) {
    /** Reads the list that {@code entente tx list --label chain=ORDER} shows. Blocks. */
    static CausalChain of(Entente entente, String order) {
        return new CausalChain(entente.transactions()
                .list(Filter.all().label(OrderTopic.CHAIN, order))
                .sorted(Comparator.comparing(Transaction::getCreateTime, Timestamps.comparator()))
                .toList());
    }

    List<String> gids() {
        return events.stream().map(Transaction::getGid).toList();
    }

    /** Tells whether the chain has exactly these events, each caused by the one before it. */
    boolean is(List<String> gids) {
        return gids().equals(gids) && causes().equals(gids.subList(0, gids.size() - 1));
    }

    /** Returns the causes that the events behind the first name; the list ends early where one names none. */
    private List<String> causes() {
        List<String> causes = new ArrayList<>();
        for (Transaction event : events.subList(Math.min(1, events.size()), events.size())) {
            causes.add(event.getLabelsOrDefault(OrderTopic.CAUSE, ""));
        }
        return causes;
    }
}

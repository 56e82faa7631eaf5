package dev.entente.client;

import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;

/** A list of transactions, page by page. Used by one thread at a time. */
final class Pages implements Iterator<Transaction> {
    private final CoordinatorClient coordinator;
    private final Queue<Transaction> page = new ArrayDeque<>();
    private ListTransactionsRequest next;
    private boolean isLast;

    Pages(CoordinatorClient coordinator, ListTransactionsRequest first) {
        this.coordinator = coordinator;
        this.next = first;
    }

    @Override
    public boolean hasNext() {
        while (page.isEmpty() && !isLast) {
            ListTransactionsResponse response = BlockingWait.read(coordinator.list(next), "");
            page.addAll(response.getTransactionsList());
            isLast = response.getNextPageToken().isEmpty();
            next = next.toBuilder().setPageToken(response.getNextPageToken()).build();
        }
        return !page.isEmpty();
    }

    @Override
    public Transaction next() {
        if (!hasNext()) {
            throw new NoSuchElementException("there is no further transaction");
        }
        return page.remove();
    }
}

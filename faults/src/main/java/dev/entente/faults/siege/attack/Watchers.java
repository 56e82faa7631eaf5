package dev.entente.faults.siege.attack;

import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Watches without end of one transaction; one that ends is opened again. Thread-safe. */
final class Watchers {
    private static final int MOST_OPEN = 6000;

    private final Guest guest;
    private final WatchTransactionRequest request;
    private final Raid raid;
    private final AtomicInteger open = new AtomicInteger();

    Watchers(Guest guest, String gid, Raid raid) {
        this.guest = guest;
        this.request = WatchTransactionRequest.newBuilder()
                .setGid(gid)
                .setAfterRevision(Long.MAX_VALUE)
                .build();
        this.raid = raid;
    }

    /** Opens them until the raid is over. Blocks. */
    void open() throws InterruptedException {
        TransactionServiceGrpc.TransactionServiceStub stub = TransactionServiceGrpc.newStub(guest.with(Map.of()));
        while (raid.goesOn()) {
            if (open.get() >= MOST_OPEN) {
                Thread.sleep(10);
                continue;
            }
            open.incrementAndGet();
            raid.tried();
            stub.watchTransaction(request, new Watcher());
            Thread.sleep(1);
        }
    }

    private final class Watcher implements StreamObserver<Transaction> {
        @Override
        public void onNext(Transaction value) {
            // Nobody is interested.
        }

        @Override
        public void onError(Throwable refused) {
            open.decrementAndGet();
        }

        @Override
        public void onCompleted() {
            open.decrementAndGet();
        }
    }
}

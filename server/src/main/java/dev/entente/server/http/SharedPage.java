package dev.entente.server.http;

import dev.entente.server.telemetry.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A page that is made by one thread at a time, however many ask for it. A request gets a page whose making began after
 * the request came. Thread-safe.
 */
final class SharedPage {
    private static final Logger log = LoggerFactory.getLogger(SharedPage.class);

    private final Supplier<Page> making;
    private final Executor executor;
    private final Metrics metrics;
    private List<Consumer<Page>> asking = new ArrayList<>();
    private boolean isMaking;

    SharedPage(Supplier<Page> making, Executor executor, Metrics metrics) {
        this.making = making;
        this.executor = executor;
        this.metrics = metrics;
    }

    /** Has {@code taker} called with the page, on another thread. */
    synchronized void ask(Consumer<Page> taker) {
        asking.add(taker);
        if (!isMaking) {
            isMaking = true;
            executor.execute(this::make);
        }
    }

    private void make() {
        for (List<Consumer<Page>> takers = takers(); !takers.isEmpty(); takers = takers()) {
            Page page = page();
            for (Consumer<Page> taker : takers) {
                give(page, taker);
            }
        }
    }

    private Page page() {
        try {
            return making.get();
        } catch (RuntimeException | Error defect) {
            metrics.caught("http");
            log.error("unexpected error while making a page", defect);
            return Page.FAILED;
        }
    }

    private void give(Page page, Consumer<Page> taker) {
        try {
            taker.accept(page);
        } catch (RuntimeException | Error defect) {
            metrics.caught("http");
            log.error("unexpected error while answering over HTTP", defect);
        }
    }

    private synchronized List<Consumer<Page>> takers() {
        List<Consumer<Page>> takers = asking;
        asking = new ArrayList<>();
        isMaking = !takers.isEmpty();
        return takers;
    }
}

package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * Serves {@code /actuator/entente}: the outbox with its parked messages, and the open transactions. Each part reports
 * its own failure. A POST retries or skips a parked message. Thread-safe.
 */
@WebEndpoint(id = "entente")
final class EntenteEndpoint {
    private static final int MAX_TRANSACTIONS = 50;
    private static final long TIMEOUT_MILLIS = 1000;

    private final @Nullable EndpointOutbox outbox;
    private final @Nullable Entente entente;

    /** Creates the endpoint; an argument is null if this application does not have the part. */
    EntenteEndpoint(@Nullable EndpointOutbox outbox, @Nullable Entente entente) {
        this.outbox = outbox;
        this.entente = entente;
    }

    @ReadOperation
    Map<String, Object> read() throws InterruptedException {
        Map<String, Object> all = new LinkedHashMap<>();
        if (outbox != null) {
            outbox.addTo(all);
        }
        if (entente != null) {
            all.put("openTransactions", openTransactions(entente));
        }
        return all;
    }

    private static Object openTransactions(Entente entente) throws InterruptedException {
        CompletableFuture<List<Transaction>> asked = entente.transactions().listAsync(Filter.open(), MAX_TRANSACTIONS);
        try {
            return asked.get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS).stream()
                    .map(EntenteEndpoint::reported)
                    .toList();
        } catch (TimeoutException silent) {
            return error("the coordinator did not respond within " + TIMEOUT_MILLIS + " ms");
        } catch (ExecutionException failed) {
            return error(String.valueOf(failed.getCause()));
        }
    }

    private static Map<String, Object> reported(Transaction transaction) {
        Map<String, Object> reported = new LinkedHashMap<>();
        reported.put("gid", transaction.getGid());
        reported.put("name", transaction.getName());
        reported.put("state", transaction.getState().name());
        reported.put("created", Times.instant(transaction.getCreateTime()));
        if (transaction.hasParked()) {
            reported.put("parked", transaction.getParked().getReason().name());
        }
        return reported;
    }

    /**
     * Retries or skips a parked message.
     *
     * @param operation {@code retry} or {@code skip}
     * @param reason kept with the record of a skipped message; required for {@code skip}
     */
    @WriteOperation
    WebEndpointResponse<Map<String, Object>> act(String id, String operation, @Nullable String reason) {
        if (outbox == null) {
            throw new InvalidEndpointRequestException("this application has no outbox", "no data source");
        }
        return outbox.act(id, operation, reason);
    }

    static Map<String, Object> error(String why) {
        return Map.of("error", why);
    }
}

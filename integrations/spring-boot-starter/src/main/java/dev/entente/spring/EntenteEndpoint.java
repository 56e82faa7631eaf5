package dev.entente.spring;

import dev.entente.client.Entente;
import dev.entente.client.Filter;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxUnusable;
import dev.entente.outbox.ParkedMessages;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * Serves {@code /actuator/entente}: the outbox with its parked messages, and the transactions that have not ended. Each
 * part says by itself what it cannot tell. A POST retries or skips a parked message. Thread-safe.
 */
@WebEndpoint(id = "entente")
final class EntenteEndpoint {
    private static final int MOST_MESSAGES = 100;
    private static final int MOST_TRANSACTIONS = 50;
    private static final long PATIENCE_MILLIS = 1000;

    private final @Nullable Outbox outbox;
    private final @Nullable DataSource dataSource;
    private final @Nullable Entente entente;

    /** Each is null where this application has none. */
    EntenteEndpoint(@Nullable Outbox outbox, @Nullable DataSource dataSource, @Nullable Entente entente) {
        this.outbox = outbox;
        this.dataSource = dataSource;
        this.entente = entente;
    }

    @ReadOperation
    Map<String, Object> read() throws InterruptedException {
        Map<String, Object> all = new LinkedHashMap<>();
        if (outbox != null && dataSource != null) {
            all.put("outbox", outbox(outbox, dataSource));
        }
        if (entente != null) {
            all.put("openTransactions", openTransactions(entente));
        }
        return all;
    }

    private static Object outbox(Outbox outbox, DataSource dataSource) {
        try {
            Map<String, Object> told = new LinkedHashMap<>();
            var backlog = outbox.backlog(dataSource);
            told.put("pending", backlog.pending());
            told.put("oldest", backlog.oldest().toString());
            told.put("parked", backlog.parked());
            Map<String, String> unattended = new LinkedHashMap<>();
            outbox.unattended(dataSource).forEach((place, waited) -> unattended.put(place, waited.toString()));
            told.put("unattended", unattended);
            told.put("parkedMessages", ParkedMessages.in(dataSource).list(MOST_MESSAGES));
            return told;
        } catch (SQLException | OutboxUnusable failed) {
            return error(String.valueOf(failed.getMessage()));
        }
    }

    private static Object openTransactions(Entente entente) throws InterruptedException {
        CompletableFuture<List<Transaction>> asked = entente.transactions().listAsync(Filter.open(), MOST_TRANSACTIONS);
        try {
            return asked.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).stream()
                    .map(EntenteEndpoint::told)
                    .toList();
        } catch (TimeoutException silent) {
            return error("the coordinator did not answer within " + PATIENCE_MILLIS + " ms");
        } catch (ExecutionException failed) {
            return error(String.valueOf(failed.getCause()));
        }
    }

    private static Map<String, Object> told(Transaction transaction) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("gid", transaction.getGid());
        told.put("name", transaction.getName());
        told.put("state", transaction.getState().name());
        told.put("created", Times.instant(transaction.getCreateTime()));
        if (transaction.hasParked()) {
            told.put("parked", transaction.getParked().getReason().name());
        }
        return told;
    }

    /**
     * Acts on a parked message.
     *
     * @param act {@code retry} or {@code skip}
     * @param reason kept with the record of a message that is skipped, which asks for one
     */
    @WriteOperation
    WebEndpointResponse<Map<String, Object>> act(String id, String act, @Nullable String reason) {
        if (dataSource == null) {
            throw new InvalidEndpointRequestException("this application has no outbox", "no data source");
        }
        ParkedMessages parked = ParkedMessages.in(dataSource);
        try {
            boolean isDone = switch (act) {
                case "retry" -> parked.retry(id);
                case "skip" -> parked.skip(id, reasonOf(reason));
                default -> {
                    String wrong = "'" + act + "' is no act on a parked message; use retry or skip";
                    throw new InvalidEndpointRequestException(wrong, wrong);
                }
            };
            return isDone
                    ? new WebEndpointResponse<>(Map.of("id", id, "act", act))
                    : new WebEndpointResponse<>(
                            error("no message '" + id + "' is parked; GET lists those that are"),
                            WebEndpointResponse.STATUS_NOT_FOUND);
        } catch (SQLException | OutboxUnusable failed) {
            return new WebEndpointResponse<>(
                    error("'" + id + "' may be as it was: " + failed.getMessage()),
                    WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
        }
    }

    private static String reasonOf(@Nullable String reason) {
        if (reason == null || reason.isBlank()) {
            String wrong = "a message is skipped for a reason; add \"reason\"";
            throw new InvalidEndpointRequestException(wrong, wrong);
        }
        return reason;
    }

    private static Map<String, Object> error(String why) {
        return Map.of("error", why);
    }
}

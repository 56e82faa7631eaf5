package dev.entente.spring;

import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxUnusable;
import dev.entente.outbox.ParkedMessages;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/** The part of {@link EntenteEndpoint} that needs the artifact of the outbox. Thread-safe. */
final class EndpointOutbox {
    private static final int MAX_MESSAGES = 100;

    private final @Nullable Outbox outbox;
    private final DataSource dataSource;

    /** @param outbox null if the application's database is neither PostgreSQL nor MariaDB */
    EndpointOutbox(@Nullable Outbox outbox, DataSource dataSource) {
        this.outbox = outbox;
        this.dataSource = dataSource;
    }

    /** Adds the outbox under its name. */
    void addTo(Map<String, Object> all) {
        if (outbox != null) {
            all.put("outbox", shown(outbox, dataSource));
        }
    }

    private static Object shown(Outbox outbox, DataSource dataSource) {
        try {
            Map<String, Object> reported = new LinkedHashMap<>();
            var backlog = outbox.backlog(dataSource);
            reported.put("pending", backlog.pending());
            reported.put("oldest", backlog.oldest().toString());
            reported.put("parked", backlog.parked());
            Map<String, String> unattended = new LinkedHashMap<>();
            outbox.unattended(dataSource).forEach((place, waited) -> unattended.put(place, waited.toString()));
            reported.put("unattended", unattended);
            reported.put("parkedMessages", ParkedMessages.in(dataSource).list(MAX_MESSAGES));
            return reported;
        } catch (SQLException | OutboxUnusable failed) {
            return EntenteEndpoint.error(String.valueOf(failed.getMessage()));
        }
    }

    /**
     * Retries or skips a parked message.
     *
     * @param operation {@code retry} or {@code skip}
     * @param reason kept with the record of a skipped message; required for {@code skip}
     */
    WebEndpointResponse<Map<String, Object>> act(String id, String operation, @Nullable String reason) {
        ParkedMessages parked = ParkedMessages.in(dataSource);
        try {
            boolean isDone = switch (operation) {
                case "retry" -> parked.retry(id);
                case "skip" -> parked.skip(id, reasonOf(reason));
                default -> {
                    String wrong = "'" + operation + "' is not an operation on a parked message; use retry or skip";
                    throw new InvalidEndpointRequestException(wrong, wrong);
                }
            };
            return isDone
                    ? new WebEndpointResponse<>(Map.of("id", id, "operation", operation))
                    : new WebEndpointResponse<>(
                            EntenteEndpoint.error("no message '" + id + "' is parked; GET lists the parked messages"),
                            WebEndpointResponse.STATUS_NOT_FOUND);
        } catch (SQLException | OutboxUnusable failed) {
            return new WebEndpointResponse<>(
                    EntenteEndpoint.error("'" + id + "' may be unchanged: " + failed.getMessage()),
                    WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
        }
    }

    private static String reasonOf(@Nullable String reason) {
        if (reason == null || reason.isBlank()) {
            String wrong = "the reason for the skip is missing; add \"reason\"";
            throw new InvalidEndpointRequestException(wrong, wrong);
        }
        return reason;
    }
}

package dev.entente.server.participant.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.grpc.OutcomeTable;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * Translates answers over HTTP into outcomes: the only place that does. Immutable.
 *
 * <p>In this order: 2xx is a success, but for a 202 that says when to ask again, and for a notification that too; a
 * JSON body with {@code entente.reason} says itself what it means; then the participant's own table of statuses; then
 * the common one.
 */
final class HttpOutcomeTable {
    private static final String SETTLED = OutcomeTable.SETTLED.name();
    private static final String TRIED = OutcomeTable.TRIED.name();
    private static final String RETRY_AFTER = "retry-after";
    private static final int ACCEPTED = 202;
    /**
     * The three forms of RFC 9110, 5.6.7, all of which a receiver takes: IMF-fixdate, RFC 850's and that of C's
     * asctime.
     */
    private static final List<DateTimeFormatter> DATES = List.of(
            DateTimeFormatter.RFC_1123_DATE_TIME,
            new DateTimeFormatterBuilder()
                    .appendPattern("EEEE, dd-MMM-")
                    .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
                    .appendPattern(" HH:mm:ss 'GMT'")
                    .toFormatter(Locale.US)
                    .withZone(ZoneOffset.UTC),
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US).withZone(ZoneOffset.UTC));

    private static final int GONE = 410;
    private static final int TOO_EARLY = 425;

    private final Map<Integer, Verdict> overrides;
    private final Supplier<Instant> clock;

    /** @param clock for a Retry-After that is a date, where the answer bears no date of its own */
    HttpOutcomeTable(Map<Integer, Verdict> overrides, Supplier<Instant> clock) {
        this.overrides = Map.copyOf(overrides);
        this.clock = clock;
    }

    /** @param body null if it was too large; of a status that is no success the status alone counts then */
    Outcome classify(Response head, @Nullable ByteString body, Pattern pattern) {
        int status = head.getStatus();
        HttpFields headers = head.getHeaders();
        if (status >= 200 && status <= 299) {
            // of a notification nobody reads the answer
            return pattern == Pattern.NOTIFICATION
                    ? new Outcome.Succeeded(ByteString.EMPTY)
                    : success(status, headers, body);
        }
        Said said = Said.of(status, body == null ? ByteString.EMPTY : body);
        Outcome outcome = bySaidReason(said, headers);
        if (outcome != null) {
            return outcome;
        }
        Verdict override = overrides.get(status);
        return override != null ? byOverride(override, said, headers) : byStatus(status, said, headers);
    }

    private Outcome success(int status, HttpFields headers, @Nullable ByteString body) {
        if (body == null) {
            return new Outcome.Misconfigured("HTTP " + status + ": the response is too large", false);
        }
        return status == ACCEPTED && headers.contains(RETRY_AFTER)
                ? new Outcome.InProgress("HTTP 202", wish(headers))
                : new Outcome.Succeeded(body, OutcomeTable.tried(headers.get(TRIED)));
    }

    private @Nullable Outcome bySaidReason(Said said, HttpFields headers) {
        return switch (said.reason()) {
            case "REJECTED" -> new Outcome.Rejected(said.text(), headers.contains(SETTLED));
            case "IN_PROGRESS" -> new Outcome.InProgress(said.text(), wish(headers));
            case "NOT_FOUND" -> new Outcome.Failed(said.text(), true);
            case "GONE" -> new Outcome.Failed(said.text(), false, true);
            case "STALE_FENCE" -> new Outcome.StaleFence(said.text());
            case "MISCONFIGURED" -> new Outcome.Misconfigured(said.text(), false);
            case "BARRIER_EXPIRED" -> new Outcome.Misconfigured(said.text(), true);
            default -> null;
        };
    }

    private Outcome byOverride(Verdict verdict, Said said, HttpFields headers) {
        return switch (verdict) {
            case REJECTED -> new Outcome.Rejected(said.text(), headers.contains(SETTLED));
            case FAILED -> new Outcome.Failed(said.text(), false);
            case IN_PROGRESS -> new Outcome.InProgress(said.text(), wish(headers));
            case MISCONFIGURED -> new Outcome.Misconfigured(said.text(), false);
            case UNKNOWN -> new Outcome.Unknown(said.text(), wish(headers));
        };
    }

    private Outcome byStatus(int status, Said said, HttpFields headers) {
        String text = said.text();
        return switch (status) {
            case TOO_EARLY -> new Outcome.InProgress(text, wish(headers));
            case 401, 403, 404, 405 ->
                said.reason().isEmpty() ? Outcome.Misconfigured.forNow(text) : new Outcome.Misconfigured(text, false);
            case 408, 429 -> new Outcome.Unknown(text, wish(headers));
            case GONE -> new Outcome.Failed(text, false, true);
            default ->
                switch (status / 100) {
                    case 3 -> Outcome.Misconfigured.forNow(text + ": redirects are not followed");
                    case 4 -> new Outcome.Failed(text, false);
                    default -> new Outcome.Unknown(text, wish(headers));
                };
        };
    }

    /**
     * Retry-After in seconds or as a date, at most a day; null where there is none that can be read or that lies ahead.
     */
    private @Nullable Duration wish(HttpFields headers) {
        String said = headers.get(RETRY_AFTER);
        if (said == null) {
            return null;
        }
        String text = said.strip();
        Duration wish = text.matches("[0-9]+") ? seconds(text) : until(text, headers);
        if (wish == null || !wish.isPositive()) {
            return null;
        }
        return wish.compareTo(OutcomeTable.LONGEST_WISH) > 0 ? OutcomeTable.LONGEST_WISH : wish;
    }

    /** However many digits: beyond nine it is more than the longest wish in any case, unless they begin with zeros. */
    private static Duration seconds(String digits) {
        String significant = digits.replaceFirst("^0+(?=.)", "");
        return significant.length() > 9 ? OutcomeTable.LONGEST_WISH : Duration.ofSeconds(Long.parseLong(significant));
    }

    /** By the participant's own clock, where the answer tells it. */
    private @Nullable Duration until(String wish, HttpFields headers) {
        Instant then = time(wish);
        String date = headers.get("date");
        Instant told = date == null ? null : time(date);
        return then == null ? null : Duration.between(told == null ? clock.get() : told, then);
    }

    private static @Nullable Instant time(String date) {
        for (DateTimeFormatter form : DATES) {
            try {
                return ZonedDateTime.parse(date.strip(), form).toInstant();
            } catch (DateTimeException otherForm) {
                // the next may fit
            }
        }
        return null;
    }

    /**
     * The reason that a body gives itself.
     *
     * @param reason one of ours, or empty
     * @param text for people
     */
    private record Said(String reason, String text) {

        static Said of(int status, ByteString body) {
            JsonObject ours = ours(body);
            String reason = member(ours, "reason");
            String told = String.join(
                    ": ",
                    Stream.of("HTTP " + status, reason, member(ours, "code"), member(ours, "message"))
                            .filter(part -> !part.isEmpty())
                            .toList());
            return new Said(reason, OutcomeTable.shortened(told));
        }

        /** {@code {"entente": {…}}}; an empty one where the body is anything else. */
        private static JsonObject ours(ByteString body) {
            try {
                JsonElement read = JsonParser.parseString(body.toStringUtf8());
                JsonElement ours = read instanceof JsonObject object ? object.get("entente") : null;
                return ours instanceof JsonObject object ? object : new JsonObject();
            } catch (JsonParseException | IllegalStateException noJson) {
                return new JsonObject();
            }
        }

        private static String member(JsonObject object, String name) {
            JsonElement member = object.get(name);
            return member != null && member.isJsonPrimitive() ? member.getAsString() : "";
        }
    }
}

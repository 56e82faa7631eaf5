package dev.entente.server.participant.http;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.CallResponse;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import java.io.IOException;
import java.io.UnsupportedEncodingException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.http.HttpDateTime;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.MimeTypes;
import org.jspecify.annotations.Nullable;

/**
 * Translates responses over HTTP into outcomes; no other class does. Immutable.
 *
 * <p>In this order: 2xx is a success, but a 202 with Retry-After is in progress, except for a notification; a JSON body
 * with {@code entente.reason} states its meaning; then the participant's own table of statuses applies; then the common
 * table.
 */
final class HttpOutcomeTable {
    private static final String RETRY_AFTER = "retry-after";
    private static final int ACCEPTED = 202;
    private static final int UNAUTHORIZED = 401;
    private static final int GONE = 410;
    private static final int TOO_EARLY = 425;

    private static final java.util.regex.Pattern JSON = java.util.regex.Pattern.compile("(?i)[/+]json\\b");
    /** Charsets in which bytes of the ASCII range can be parts of other characters. */
    private static final java.util.regex.Pattern NOT_ASCII_COMPATIBLE =
            java.util.regex.Pattern.compile("^(UTF-16|UTF-32|ISO-2022)");

    private final ParticipantConfig config;
    private final Supplier<Instant> clock;

    /** @param clock for a Retry-After that is a date, if the response has no Date header */
    HttpOutcomeTable(ParticipantConfig config, Supplier<Instant> clock) {
        this.config = config;
        this.clock = clock;
    }

    /** @param read null if it was too large. For an unreadable body of a failure, only the status counts. */
    Outcome classify(Response head, @Nullable ByteString read, Pattern pattern) {
        int status = head.getStatus();
        HttpFields headers = head.getHeaders();
        boolean isSuccess = status >= 200 && status <= 299;
        if (isSuccess && pattern == Pattern.NOTIFICATION) {
            return new Outcome.Succeeded(ByteString.EMPTY);
        }
        ByteString body;
        String unread = "";
        try {
            body = read == null ? null : text(head, read);
        } catch (UnsupportedEncodingException coding) {
            body = null;
            unread = "the content coding '" + CallResponse.shortened(String.valueOf(coding.getMessage()))
                    + "' is not supported; send the response without a coding, as accept-encoding requires";
        } catch (IOException damaged) {
            return new Outcome.Unknown(
                    "HTTP " + status + ": the gzip data of the response is damaged or incomplete", null);
        }
        if (isSuccess) {
            return success(status, headers, body, unread.isEmpty() ? "the response is too large" : unread);
        }
        HttpRefusalReason said = HttpRefusalReason.of(head, body == null ? ByteString.EMPTY : body);
        String reported = unread.isEmpty() ? said.text() : said.text() + ": " + unread;
        CallResponse answer =
                new CallResponse(reported, said.code(), headers.contains(CallMetadata.SETTLED.name()), wish(headers));
        Outcome outcome = said.reason().equals("NOT_FOUND")
                ? new Outcome.Failed(answer.text(), true)
                : answer.byReason(said.reason());
        if (outcome != null) {
            return outcome;
        }
        Verdict override = config.httpOverrides().get(status);
        return override != null
                ? answer.byVerdict(override, false)
                : byStatus(status, answer, !said.reason().isEmpty());
    }

    /** Returns the decompressed body, with text in UTF-8; null if the body is too large. */
    private @Nullable ByteString text(Response head, ByteString body) throws IOException {
        int most = config.maxResponseBytes();
        ByteString plain = decompressed(head, body, most);
        ByteString text = plain.size() > most ? plain : inUtf8(head, plain);
        return text.size() > most ? null : text;
    }

    /**
     * Decompresses gzip, which a proxy may apply although the request asks for no coding.
     *
     * @param most the maximum number of bytes of the result; a larger result is cut after one more byte
     * @throws UnsupportedEncodingException for another content coding, which is the message
     * @throws IOException if the body is damaged or incomplete
     */
    private static ByteString decompressed(Response head, ByteString body, int most) throws IOException {
        String coding = String.join(", ", head.getHeaders().getCSV("content-encoding", false));
        switch (body.isEmpty() ? "" : coding.toLowerCase(Locale.ROOT)) {
            case "", "identity" -> {
                return body;
            }
            case "gzip", "x-gzip" -> {
                try (GZIPInputStream gzip = new GZIPInputStream(body.newInput())) {
                    return ByteString.copyFrom(gzip.readNBytes(most + 1));
                }
            }
            default -> throw new UnsupportedEncodingException(coding);
        }
    }

    /**
     * Converts JSON and text with another declared charset to UTF-8. Valid UTF-8 in JSON stays, because Spring MVC
     * writes UTF-8 for any charset that the application forces. Text that does not fit its charset also stays.
     */
    private static ByteString inUtf8(Response head, ByteString body) {
        String type = Objects.requireNonNullElse(head.getHeaders().get("content-type"), "");
        String declared = MimeTypes.getCharsetFromContentType(type);
        boolean isJson = JSON.matcher(type).find();
        if (declared == null || !(isJson || type.regionMatches(true, 0, "text/", 0, 5))) {
            return body;
        }
        try {
            Charset charset = Charset.forName(declared);
            boolean isUtf8 = charset.equals(StandardCharsets.UTF_8)
                    || (isJson
                            && body.isValidUtf8()
                            && !NOT_ASCII_COMPATIBLE.matcher(charset.name()).find());
            return isUtf8
                    ? body
                    : ByteString.copyFromUtf8(charset.newDecoder()
                            .decode(body.asReadOnlyByteBuffer())
                            .toString());
        } catch (IllegalArgumentException | CharacterCodingException unknown) {
            return body;
        }
    }

    /** @param unread why the body is null */
    private Outcome success(int status, HttpFields headers, @Nullable ByteString body, String unread) {
        if (status == ACCEPTED && headers.contains(RETRY_AFTER)) {
            return new Outcome.InProgress("HTTP 202", wish(headers));
        }
        return body == null
                ? new Outcome.Misconfigured("HTTP " + status + ": " + unread, false)
                : new Outcome.Succeeded(body, CallResponse.tried(headers.get(CallMetadata.TRIED.name())));
    }

    private Outcome byStatus(int status, CallResponse answer, boolean hasReason) {
        String text = status == UNAUTHORIZED ? answer.text() + "; " + config.credential() : answer.text();
        return switch (status) {
            case TOO_EARLY -> new Outcome.InProgress(text, answer.wish());
            case UNAUTHORIZED, 403, 404, 405 ->
                hasReason ? new Outcome.Misconfigured(text, false) : Outcome.Misconfigured.forNow(text);
            case 408, 429 -> new Outcome.Unknown(text, answer.wish());
            case GONE -> new Outcome.Failed(text, false, true);
            default ->
                switch (status / 100) {
                    case 3 -> Outcome.Misconfigured.forNow(text + ": redirects are not followed");
                    case 4 -> new Outcome.Failed(text, false);
                    default -> new Outcome.Unknown(text, answer.wish());
                };
        };
    }

    /** Parses Retry-After in seconds or as a date, at most a day; null if it is absent, invalid or in the past. */
    private @Nullable Duration wish(HttpFields headers) {
        String said = headers.get(RETRY_AFTER);
        if (said == null) {
            return null;
        }
        String text = said.strip();
        return CallResponse.bounded(text.matches("[0-9]+") ? seconds(text) : until(text, headers));
    }

    /** Parses any number of digits. More than nine significant digits exceed the longest delay. */
    private static Duration seconds(String digits) {
        String significant = digits.replaceFirst("^0+(?=.)", "");
        return significant.length() > 9 ? CallResponse.LONGEST_WISH : Duration.ofSeconds(Long.parseLong(significant));
    }

    /** Computes the delay by the participant's own clock if the response has a Date header. */
    private @Nullable Duration until(String wish, HttpFields headers) {
        Instant then = time(wish);
        String date = headers.get("date");
        Instant reported = date == null ? null : time(date);
        return then == null ? null : Duration.between(reported == null ? clock.get() : reported, then);
    }

    private static @Nullable Instant time(String date) {
        try {
            return HttpDateTime.parse(date).toInstant();
        } catch (IllegalArgumentException none) {
            return null;
        }
    }
}

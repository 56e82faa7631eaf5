package dev.entente.server.participant.http;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static dev.entente.server.participant.http.HttpCallFixture.RESERVE;
import static dev.entente.server.participant.http.HttpCallFixture.call;
import static dev.entente.server.participant.http.HttpCallFixture.participants;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The outcomes of HTTP responses, over real connections. */
class HttpOutcomeTableTest {
    private static Outcome answered(Answer answer) {
        try (var stock = LoopbackHttp.start(_ -> answer);
                var participants = participants(plaintext("stock", stock.url()))) {
            return await(start(participants, call(RESERVE)));
        }
    }

    private static Answer withReason(int status, String reason) {
        return Answer.of(status, "{\"entente\":{\"reason\":\"" + reason + "\",\"code\":\"OUT_OF_STOCK\"}}");
    }

    @ParameterizedTest
    @CsvSource({
        "200, Succeeded",
        "201, Succeeded",
        "202, Succeeded",
        "204, Succeeded",
        "301, Misconfigured",
        "302, Misconfigured",
        "307, Misconfigured",
        "400, Failed",
        "401, Misconfigured",
        "403, Misconfigured",
        "404, Misconfigured",
        "405, Misconfigured",
        "406, Failed",
        "408, Unknown",
        "409, Failed",
        "410, Failed",
        "412, Failed",
        "415, Failed",
        "422, Failed",
        "425, InProgress",
        "428, Failed",
        "429, Unknown",
        "500, Unknown",
        "501, Unknown",
        "502, Unknown",
        "503, Unknown",
        "504, Unknown"
    })
    void a_status_has_the_expected_outcome(int status, String expected) {
        Outcome outcome = answered(Answer.of(status, ""));
        assertThat(outcome.getClass().getSimpleName()).isEqualTo(expected);
        assertThat(outcome instanceof Outcome.Failed failed && failed.notFound())
                .isFalse();
    }

    @Test
    void a_401_outcome_names_the_credential_settings_and_their_state() {
        assertThat(answered(Answer.of(401, "")).detail())
                .isEqualTo("HTTP 401; no token is configured: set participants.stock.tokenFile in the coordinator's"
                        + " configuration, and no signature: signatures need participants.stock.signingKeyFile");
        try (var stock = LoopbackHttp.start(_ -> Answer.of(401, ""));
                var participants = participants(plaintext("stock", stock.url())
                        .with(it -> it.bearerToken = new ParticipantConfig.Secret("s3cret")))) {
            assertThat(await(start(participants, call(RESERVE))).detail())
                    .startsWith("HTTP 401; the coordinator sent the token of participants.stock.tokenFile, and no sig");
        }
    }

    @Test
    void a_410_marks_the_receiver_as_gone() {
        assertThat(answered(Answer.of(410, ""))).isEqualTo(new Outcome.Failed("HTTP 410", false, true));
    }

    @Test
    void an_entente_reason_determines_the_outcome() {
        String reported = "HTTP 409: REJECTED: OUT_OF_STOCK";
        assertThat(answered(withReason(409, "REJECTED")))
                .isEqualTo(new Outcome.Rejected(reported, false, "OUT_OF_STOCK"));
        assertThat(answered(new Answer(
                        409,
                        Map.of("entente-settled", "true"),
                        withReason(409, "REJECTED").body())))
                .isEqualTo(new Outcome.Rejected(reported, true, "OUT_OF_STOCK"));
        assertThat(answered(withReason(403, "REJECTED"))).isInstanceOf(Outcome.Rejected.class);
        assertThat(answered(withReason(404, "NOT_FOUND")))
                .isEqualTo(new Outcome.Failed("HTTP 404: NOT_FOUND: OUT_OF_STOCK", true));
        assertThat(answered(withReason(409, "STALE_FENCE"))).isInstanceOf(Outcome.StaleFence.class);
        assertThat(answered(withReason(409, "BARRIER_EXPIRED")))
                .isEqualTo(new Outcome.Misconfigured("HTTP 409: BARRIER_EXPIRED: OUT_OF_STOCK", true));
        assertThat(answered(withReason(500, "MISCONFIGURED")))
                .isEqualTo(new Outcome.Misconfigured("HTTP 500: MISCONFIGURED: OUT_OF_STOCK", false));
        assertThat(answered(new Answer(
                        503,
                        Map.of("Retry-After", "7"),
                        withReason(503, "IN_PROGRESS").body())))
                .isEqualTo(new Outcome.InProgress("HTTP 503: IN_PROGRESS: OUT_OF_STOCK", Duration.ofSeconds(7)));
        assertThat(answered(withReason(409, "SOMETHING_ELSE"))).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void a_reason_in_a_success_body_is_ignored() {
        assertThat(answered(withReason(200, "REJECTED"))).isInstanceOf(Outcome.Succeeded.class);
    }

    @Test
    void bodies_of_other_shapes_are_ignored() {
        for (String body :
                List.of("", "<html>", "[]", "{", "{\"entente\":1}", "{\"entente\":{\"reason\":[]}}", "null")) {
            assertThat(answered(Answer.of(409, body))).as(body).isEqualTo(new Outcome.Failed("HTTP 409", false));
        }
    }

    private static String reported(int status, String contentType, String body) {
        return answered(new Answer(status, Map.of("content-type", contentType), body))
                .detail();
    }

    @Test
    void the_most_specific_message_of_a_failure_body_is_reported() {
        String json = "application/json";
        assertThat(reported(422, "application/problem+json", "{\"title\":\"Bad\",\"detail\":\"two are left\"}"))
                .isEqualTo("HTTP 422: two are left");
        assertThat(reported(422, "application/problem+json", "{\"title\":\"Bad\"}"))
                .isEqualTo("HTTP 422: Bad");
        assertThat(reported(500, json, "{\"error\":\"Internal\",\"message\":\"a disk is full\"}"))
                .isEqualTo("HTTP 500: a disk is full");
        assertThat(reported(500, json, "{\"error\":\"Internal\",\"message\":\"\"}"))
                .isEqualTo("HTTP 500: Internal");
        String boot =
                "{\"timestamp\":\"2026-11-26T23:00:00Z\",\"status\":400,\"error\":\"Bad Request\",\"path\":\"/pay\"";
        assertThat(reported(400, json, boot + ",\"message\":\"no such account\"}"))
                .isEqualTo("HTTP 400: Bad Request at /pay: no such account");
        assertThat(reported(400, json, boot + "}"))
                .isEqualTo(
                        "HTTP 400: Bad Request at /pay, without a message; set spring.web.error.include-message=always"
                                + " in Spring Boot to get the message");
        assertThat(reported(409, json, "{\"entente\":{\"message\":\"ours\"},\"detail\":\"theirs\"}"))
                .isEqualTo("HTTP 409: ours");
        assertThat(reported(409, json, "{\"entente\":{\"reason\":\"REJECTED\"},\"detail\":\"theirs\"}"))
                .isEqualTo("HTTP 409: REJECTED: theirs");
        assertThat(reported(409, "text/plain;charset=UTF-8", "two\r\n\u001b[31mare \u2028left"))
                .isEqualTo("HTTP 409: two [31mare  left");
        assertThat(reported(409, "text/plain", "x".repeat(4000))).isEqualTo("HTTP 409: " + "x".repeat(200));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "application/json|{\"code\":500,\"msg\":\"库存不足\",\"data\":null}|库存不足",
                "application/json|{\"code\":500,\"message\":\"out of stock\",\"msg\":\"other\"}|out of stock",
                "application/json|{\"msg\":\"out of stock\",\"error\":\"Internal\"}|out of stock",
                "application/json|{\"code\":500,\"message\":null,\"msg\":\"out of stock\"}|out of stock",
                "application/json|{\"code\":500,\"title\":\"Out of stock\"}|Out of stock",
                "Text/Plain; charset=utf-8|out of stock|out of stock",
                "text/csv|code,out of stock|code,out of stock"
            })
    void a_wrapped_error_body_shows_its_message(String contentType, String body, String message) {
        assertThat(reported(500, contentType, body)).isEqualTo("HTTP 500: " + message);
    }

    @ParameterizedTest
    @CsvSource({
        "ISO-8859-1, ISO-8859-1, José",
        "windows-1252, windows-1252, José €",
        "GBK, GBK, 余额不足",
        "ISO-2022-JP, ISO-2022-JP, 残高不足",
        "'\"gb18030\"', gb18030, 余额不足",
        "UTF-16, UTF-16, 余额不足",
        "UTF-16LE, UTF-16LE, enough",
        "UTF-8, UTF-8, 余额不足",
        "no-such-charset, UTF-8, José"
    })
    void a_text_in_another_charset_is_converted_to_utf8(String declared, String written, String text) {
        for (String type : List.of("application/json", "application/problem+json")) {
            Answer answer = new Answer(
                    200,
                    Map.of("content-type", type + "; charset=" + declared),
                    "{\"detail\":\"" + text + "\"}",
                    Charset.forName(written));
            assertThat(answered(answer))
                    .isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("{\"detail\":\"" + text + "\"}")));
        }
        Answer refused = new Answer(
                422, Map.of("content-type", "text/plain;charset=" + declared), text, Charset.forName(written));
        assertThat(answered(refused).detail()).isEqualTo("HTTP 422: " + text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ISO-8859-1", "GBK", "US-ASCII"})
    void json_in_utf8_is_kept_although_another_charset_is_declared(String declared) {
        Answer answer = new Answer(200, Map.of("content-type", "application/json;charset=" + declared), "\"余额é\"");
        assertThat(answered(answer)).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("\"余额é\"")));
    }

    @Test
    void bytes_that_are_invalid_in_their_charset_are_kept() {
        ByteString invalid = ByteString.copyFrom(new byte[] {'"', (byte) 0xff, '"'});
        Answer answer = new Answer(
                200,
                Map.of("content-type", "application/json;charset=UTF-8"),
                invalid.toString(StandardCharsets.ISO_8859_1),
                StandardCharsets.ISO_8859_1);
        assertThat(answered(answer)).isEqualTo(new Outcome.Succeeded(invalid));
    }

    @Test
    void the_response_limit_applies_after_the_conversion() {
        try (var stock = LoopbackHttp.start(_ -> new Answer(
                        200,
                        Map.of("content-type", "text/plain;charset=ISO-8859-1"),
                        "é".repeat(1000),
                        StandardCharsets.ISO_8859_1));
                var participants =
                        participants(plaintext("stock", stock.url()).with(it -> it.maxResponseBytes = 1500))) {
            assertThat(await(start(participants, call(RESERVE))))
                    .isEqualTo(new Outcome.Misconfigured("HTTP 200: the response is too large", false));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", "x-gzip"})
    void a_gzip_response_is_decompressed(String coding) throws IOException {
        String body = "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_MONEY\",\"message\":\"余额不足\"}}";
        String packed = gzip(body);
        assertThat(answered(coded(200, coding, packed)))
                .isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8(body)));
        assertThat(answered(coded(409, coding, packed)))
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class,
                        no -> assertThat(no.detail()).isEqualTo("HTTP 409: REJECTED: NO_MONEY: 余额不足"));
        for (String damaged : List.of("no gzip", packed.substring(0, packed.length() - 12))) {
            assertThat(answered(coded(200, coding, damaged)))
                    .isInstanceOfSatisfying(
                            Outcome.Unknown.class,
                            unknown -> assertThat(unknown.detail())
                                    .startsWith("HTTP 200: the gzip data of the response is damaged or incomplete"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "deflate", "zstd", "gzip, gzip", "aes128gcm"})
    void a_response_body_in_another_content_coding_is_not_read(String coding) throws IOException {
        String unread = ": the content coding '" + coding
                + "' is not supported; send the response without a coding, as accept-encoding requires";
        String body = gzip("{}");
        assertThat(answered(coded(200, coding, body))).isEqualTo(new Outcome.Misconfigured("HTTP 200" + unread, false));
        assertThat(answered(coded(409, coding, body))).isEqualTo(new Outcome.Failed("HTTP 409" + unread, false));
        assertThat(answered(coded(502, coding, body))).isEqualTo(new Outcome.Unknown("HTTP 502" + unread, null));
        assertThat(answered(coded(200, coding, ""))).isEqualTo(new Outcome.Succeeded(ByteString.EMPTY));
    }

    @Test
    void a_large_gzip_response_in_utf16_is_too_large() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("é".repeat(2000).getBytes(StandardCharsets.UTF_16LE));
        }
        Map<String, String> head = Map.of("content-type", "text/plain;charset=UTF-16LE", "content-encoding", "gzip");
        Answer answer =
                new Answer(200, head, packed.toString(StandardCharsets.ISO_8859_1), StandardCharsets.ISO_8859_1);
        try (var stock = LoopbackHttp.start(_ -> answer);
                var participants =
                        participants(plaintext("stock", stock.url()).with(it -> it.maxResponseBytes = 1501))) {
            assertThat(await(start(participants, call(RESERVE))))
                    .isEqualTo(new Outcome.Misconfigured("HTTP 200: the response is too large", false));
        }
    }

    @Test
    void the_content_coding_identity_changes_nothing() {
        assertThat(answered(coded(200, "identity", "{}")))
                .isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("{}")));
    }

    private static Answer coded(int status, String coding, String latin1) {
        Map<String, String> head = Map.of("content-type", "application/json", "content-encoding", coding);
        return new Answer(status, head, latin1, StandardCharsets.ISO_8859_1);
    }

    private static String gzip(String text) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    void bytes_of_a_non_text_type_are_not_converted() {
        Answer image =
                new Answer(200, Map.of("content-type", "image/png;charset=GBK"), "é", StandardCharsets.ISO_8859_1);
        assertThat(answered(image)).isEqualTo(new Outcome.Succeeded(ByteString.copyFrom(new byte[] {(byte) 0xe9})));
    }

    @Test
    void html_and_bodies_without_text_are_not_reported() {
        assertThat(reported(502, "text/html", "<html>Bad Gateway")).isEqualTo("HTTP 502");
        assertThat(reported(502, "text/plain", " <!doctype html>")).isEqualTo("HTTP 502");
        assertThat(reported(409, "application/octet-stream", "two are left")).isEqualTo("HTTP 409");
        assertThat(reported(409, "application/json", "{\"detail\":{},\"message\":[]}"))
                .isEqualTo("HTTP 409");
    }

    @Test
    void a_header_gives_the_reason_if_the_body_has_none() {
        Map<String, String> notFound = Map.of("entente-reason", "NOT_FOUND");
        assertThat(answered(new Answer(404, notFound, ""))).isEqualTo(new Outcome.Failed("HTTP 404: NOT_FOUND", true));
        assertThat(answered(
                        new Answer(409, notFound, withReason(409, "REJECTED").body())))
                .isInstanceOf(Outcome.Rejected.class);
        assertThat(answered(new Answer(200, notFound, ""))).isInstanceOf(Outcome.Succeeded.class);
        assertThat(answered(new Answer(404, Map.of("entente-reason", ""), "")))
                .isEqualTo(Outcome.Misconfigured.forNow("HTTP 404"));
    }

    @Test
    void a_business_code_appears_once_in_the_detail() {
        for (String message : List.of("", "NO_MONEY", "NO_MONEY: ")) {
            String body = "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_MONEY\",\"message\":\"%s\"}}";
            assertThat(answered(Answer.of(409, body.formatted(message + (message.endsWith(" ") ? "alice" : "")))))
                    .isEqualTo(new Outcome.Rejected(
                            "HTTP 409: REJECTED: NO_MONEY" + (message.endsWith(" ") ? ": alice" : ""),
                            false,
                            "NO_MONEY"));
        }
    }

    @Test
    void a_Retry_After_header_sets_the_retry_delay() {
        assertThat(answered(new Answer(202, Map.of("Retry-After", "3"), "")))
                .isEqualTo(new Outcome.InProgress("HTTP 202", Duration.ofSeconds(3)));
        assertThat(answered(new Answer(202, Map.of("Retry-After", "soon"), "")))
                .isEqualTo(new Outcome.InProgress("HTTP 202", null));
        assertThat(answered(new Answer(425, Map.of("Retry-After", "4"), "")))
                .isEqualTo(new Outcome.InProgress("HTTP 425", Duration.ofSeconds(4)));
        assertThat(answered(new Answer(429, Map.of("Retry-After", "5"), "")))
                .isEqualTo(new Outcome.Unknown("HTTP 429", Duration.ofSeconds(5)));
        assertThat(answered(new Answer(503, Map.of("Retry-After", "999999999"), "")))
                .isEqualTo(new Outcome.Unknown("HTTP 503", Duration.ofHours(24)));
        assertThat(answered(new Answer(503, Map.of("Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"), "")))
                .isEqualTo(new Outcome.Unknown("HTTP 503", null));
        assertThat(answered(new Answer(503, Map.of("Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"), "")))
                .isEqualTo(new Outcome.Unknown("HTTP 503", Duration.ofHours(24)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "86401",
                "2147483648",
                "99999999999999999999",
                "Friday, 31-Dec-60 23:59:59 GMT",
                "Fri Dec 31 23:59:59 2100",
                "Wed Dec  1 23:59:59 2100"
            })
    void a_Retry_After_of_more_than_a_day_is_limited_to_a_day(String wish) {
        assertThat(answered(new Answer(503, Map.of("Retry-After", wish), "")))
                .isEqualTo(new Outcome.Unknown("HTTP 503", Duration.ofHours(24)));
    }

    @Test
    void a_participants_override_changes_the_outcome_of_a_status() {
        try (var stock = LoopbackHttp.start(_ -> Answer.of(422, ""));
                var participants = participants(
                        plaintext("stock", stock.url()).with(it -> it.httpOverrides = Map.of(422, Verdict.REJECTED)))) {
            assertThat(await(start(participants, call(RESERVE)))).isEqualTo(new Outcome.Rejected("HTTP 422", false));
        }
    }

    @Test
    void a_response_beyond_the_limit_is_no_success() throws IOException {
        int limit = ParticipantConfig.MAX_RESPONSE_BYTES;
        assertThat(answered(Answer.of(200, "x".repeat(limit)))).isInstanceOf(Outcome.Succeeded.class);
        assertThat(answered(Answer.of(200, "x".repeat(limit + 1)))).isInstanceOf(Outcome.Misconfigured.class);
        assertThat(answered(Answer.of(500, "x".repeat(limit + 1)))).isInstanceOf(Outcome.Unknown.class);
        assertThat(answered(coded(200, "gzip", gzip("x".repeat(limit + 1))))).isInstanceOf(Outcome.Misconfigured.class);
    }
}

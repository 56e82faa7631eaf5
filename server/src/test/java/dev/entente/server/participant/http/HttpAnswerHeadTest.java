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
import dev.entente.core.transaction.Target;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP responses with heads that are too large, contradictory, or unusual but valid. */
class HttpAnswerHeadTest {
    private static final String BODY = "Content-Length: 2\r\n\r\nok";

    /** Returns the outcome of a call that receives exactly these bytes. */
    private static Outcome answered(String answer) throws IOException {
        try (RawHttp stock = new RawHttp(_ -> List.of(answer));
                var participants = participants(plaintext("stock", stock.url()))) {
            return await(start(participants, call(RESERVE)));
        }
    }

    private static String headers(int number, int bytes) {
        StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < number; i++) {
            String name = "x-" + i;
            head.append(name)
                    .append(": ")
                    .append("v".repeat(bytes - name.length()))
                    .append("\r\n");
        }
        return head + BODY;
    }

    /** The engine counts the calls that were sent: the HTTP client must not repeat a request. */
    @Test
    void a_get_lost_on_a_kept_connection_is_sent_once_and_unknown() throws IOException {
        List<List<String>> answers = List.of(
                List.of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                List.of(),
                List.of("HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"));
        Target get = new Target.Http("stock", "GET", "/stock", Map.of());
        try (RawHttp stock = new RawHttp(request -> answers.get(request - 1));
                var participants = participants(plaintext("stock", stock.url()))) {
            assertThat(await(start(participants, call(get, "")))).isInstanceOf(Outcome.Succeeded.class);

            Outcome swallowed = await(start(participants, call(get, "")));

            assertThat(swallowed).isInstanceOf(Outcome.Unknown.class);
            assertThat(swallowed.detail()).doesNotContain("retries");
            assertThat(stock.requests()).isEqualTo(2);
        }
    }

    @Test
    void a_response_with_headers_up_to_64_KiB_is_valid() throws IOException {
        assertThat(answered(headers(63, 1024))).isInstanceOf(Outcome.Succeeded.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 200})
    void a_response_with_headers_beyond_64_KiB_is_unknown(int number) throws IOException {
        assertThat(answered(headers(number, 1024)))
                .isEqualTo(new Outcome.Unknown("the headers of the response have more than 65536 bytes", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
                "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n2\r\nok\r\n0\r\n\r\n"
            })
    void a_response_with_two_lengths_is_unknown(String rest) throws IOException {
        assertThat(answered("HTTP/1.1 200 OK\r\n" + rest))
                .isEqualTo(new Outcome.Unknown("the response has more than one length", null));
    }

    @Test
    void a_repeated_equal_length_is_valid() throws IOException {
        assertThat(answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + BODY)).isInstanceOf(Outcome.Succeeded.class);
    }

    @Test
    void a_rejection_with_two_lengths_is_unknown() throws IOException {
        String no = "{\"entente\":{\"reason\":\"REJECTED\"}}";
        assertThat(answered("HTTP/1.1 409 Conflict\r\nContent-Length: " + no.length() + "\r\nContent-Length: 5\r\n\r\n"
                        + no))
                .isInstanceOf(Outcome.Unknown.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "200 OK\r\n" + BODY,
                "200\r\n" + BODY,
                "200 \u00e9\r\n" + BODY,
                "200 \u00c3\u009cberwiesen\r\n" + BODY,
                "200 \u00e6\u0088\u0090\u00e5\u008a\u009f\r\n" + BODY,
                "200 \u00b3\u00c9\u00b9\u00a6\r\n" + BODY,
                "200 \u00e9\nContent-Length: 2\n\nok",
                "103 \u00e9\r\n\r\nHTTP/1.1 200 \u00e9\r\n" + BODY,
                "100 Continue\r\n\r\nHTTP/1.1 104 New\r\nRetry-After: 9\r\n\r\nHTTP/1.1 202 OK\r\n" + BODY,
                "200 OK\r\nX-Folded: a\r\n b\r\n" + BODY,
                "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nX-After: 1\r\n\r\n"
            })
    void unusual_but_valid_responses_are_successes(String answer) throws IOException {
        assertThat(answered("HTTP/1.1 " + answer))
                .isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("ok"), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ok\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n" + BODY,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok"
            })
    void a_response_that_is_not_HTTP_is_unknown(String answer) throws IOException {
        assertThat(answered(answer))
                .isInstanceOf(Outcome.Unknown.class)
                .extracting(Outcome::detail)
                .asString()
                .containsAnyOf("the connection broke before the response", "the head of the response cannot be read: ");
    }

    /** The reason phrase is in UTF-8 and arrives byte by byte; the connection is used again. */
    @Test
    void a_rejection_with_a_localized_reason_phrase_is_a_rejection() throws IOException {
        String no = "{\"entente\":{\"reason\":\"REJECTED\",\"code\":\"NO_MONEY\"}}";
        String head =
                "HTTP/1.1 409 \u00e4\u00bd\u0099\u00e9\u00a2\u009d\r\nContent-Length: " + no.length() + "\r\n\r\n";
        List<String> pieces = Stream.concat(head.chars().mapToObj(Character::toString), Stream.of(no))
                .toList();
        try (RawHttp stock = new RawHttp(_ -> pieces);
                var participants = participants(plaintext("stock", stock.url()))) {
            for (int i = 0; i < 3; i++) {
                assertThat(await(start(participants, call(RESERVE)))).isInstanceOf(Outcome.Rejected.class);
            }
        }
    }
}

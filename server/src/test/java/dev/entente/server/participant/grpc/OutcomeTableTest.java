package dev.entente.server.participant.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.ParticipantConfig.Verdict;
import dev.entente.server.participant.limit.Circuit;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutcomeTableTest {
    private final OutcomeTable table = new OutcomeTable("no token is configured", Map.of());

    @Test
    void the_document_contains_the_same_table() throws IOException {
        Path document = Path.of("docs/participants.md");
        Path found = Files.exists(document) ? document : Path.of("..").resolve(document);
        Map<String, String> documented = new TreeMap<>();
        Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| (\\w+) \\|$")
                .matcher(Files.readString(found))
                .results()
                .forEach(row -> documented.put(row.group(1), row.group(2)));
        Map<String, String> classified = new TreeMap<>();
        for (Status.Code code : Status.Code.values()) {
            Outcome outcome = table.classify(code.toStatus(), answered(), ByteString.EMPTY, true);
            classified.put(code.name(), outcome.getClass().getSimpleName());
            assertThat(classify(code.toStatus().withDescription("why"), answered())
                            .detail())
                    .isIn(
                            code + ": why",
                            "OK without a response: the method is not unary",
                            "UNAUTHENTICATED: why; no token is configured");
        }

        assertThat(documented).isEqualTo(classified);
    }

    @Test
    void only_NOT_FOUND_sets_the_not_found_flag() {
        assertThat(classify(Status.NOT_FOUND, answered())).isEqualTo(new Outcome.Failed("NOT_FOUND", true));
        assertThat(classify(Status.ALREADY_EXISTS, answered())).isEqualTo(new Outcome.Failed("ALREADY_EXISTS", false));
    }

    @ParameterizedTest
    @EnumSource(value = Status.Code.class, mode = EnumSource.Mode.EXCLUDE, names = "OK")
    void a_reason_takes_precedence_over_the_code(Status.Code code) {
        assertThat(classify(code.toStatus(), reason("REJECTED"))).isInstanceOf(Outcome.Rejected.class);
        assertThat(classify(code.toStatus(), reason("IN_PROGRESS"))).isInstanceOf(Outcome.InProgress.class);
        assertThat(classify(code.toStatus(), reason("STALE_FENCE"))).isInstanceOf(Outcome.StaleFence.class);
        assertThat(classify(code.toStatus(), reason("GONE"))).isEqualTo(new Outcome.Failed("GONE", false, true));
        assertThat(classify(code.toStatus(), reason("BARRIER_EXPIRED")))
                .isEqualTo(new Outcome.Misconfigured("BARRIER_EXPIRED", true));
        assertThat(classify(code.toStatus(), reason("MISCONFIGURED")))
                .isEqualTo(new Outcome.Misconfigured("MISCONFIGURED", false));
    }

    @Test
    void a_reason_of_another_domain_is_ignored() {
        ErrorInfo theirs = ErrorInfo.newBuilder()
                .setDomain("shop.example")
                .setReason("REJECTED")
                .build();

        assertThat(classify(Status.FAILED_PRECONDITION, LoopbackParticipant.details(Code.FAILED_PRECONDITION, theirs)))
                .isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void an_unknown_reason_is_ignored_in_favour_of_the_code() {
        assertThat(classify(Status.ABORTED, reason("SOMETHING_NEW"))).isInstanceOf(Outcome.Unknown.class);
    }

    @Test
    void a_rejection_is_settled_only_with_the_trailer() {
        Metadata settled = reason("REJECTED");
        settled.put(CallMetadata.SETTLED, "true");

        assertThat(classify(Status.FAILED_PRECONDITION, settled)).isEqualTo(new Outcome.Rejected("REJECTED", true));
        assertThat(classify(Status.FAILED_PRECONDITION, reason("REJECTED")))
                .isEqualTo(new Outcome.Rejected("REJECTED", false));
    }

    @Test
    void a_rejection_contains_the_business_code() {
        ErrorInfo error =
                ours("REJECTED").toBuilder().putMetadata("code", "OUT_OF_STOCK").build();
        Metadata trailers = LoopbackParticipant.details(Code.FAILED_PRECONDITION, error);

        for (String description : new String[] {"no A-1 left", "OUT_OF_STOCK: no A-1 left"}) {
            assertThat(classify(Status.FAILED_PRECONDITION.withDescription(description), trailers))
                    .isEqualTo(new Outcome.Rejected("OUT_OF_STOCK: no A-1 left", false, "OUT_OF_STOCK"));
        }
        assertThat(classify(Status.FAILED_PRECONDITION.withDescription("OUT_OF_STOCK"), trailers)
                        .detail())
                .isEqualTo("OUT_OF_STOCK");
    }

    @Test
    void a_retry_delay_is_kept_for_in_progress_and_unknown() {
        assertThat(classify(
                        Status.UNAVAILABLE,
                        LoopbackParticipant.details(Code.UNAVAILABLE, ours("IN_PROGRESS"), retryAfter(3))))
                .isEqualTo(new Outcome.InProgress("IN_PROGRESS", Duration.ofSeconds(3)));
        assertThat(classify(Status.UNAVAILABLE, LoopbackParticipant.details(Code.UNAVAILABLE, retryAfter(7))))
                .isEqualTo(new Outcome.Unknown("UNAVAILABLE", Duration.ofSeconds(7)));
    }

    @Test
    void a_negative_retry_delay_is_ignored_and_a_huge_delay_is_limited_to_24_hours() {
        assertThat(classify(Status.UNAVAILABLE, LoopbackParticipant.details(Code.UNAVAILABLE, retryAfter(-5))))
                .isEqualTo(new Outcome.Unknown("UNAVAILABLE", null));
        assertThat(classify(Status.UNAVAILABLE, LoopbackParticipant.details(Code.UNAVAILABLE, retryAfter(1L << 40))))
                .isEqualTo(new Outcome.Unknown("UNAVAILABLE", Duration.ofHours(24)));
    }

    @Test
    void unreadable_details_are_ignored_in_favour_of_the_code() {
        Metadata garbage = LoopbackParticipant.binaryDetails("\u0007no protobuf".getBytes(StandardCharsets.UTF_8));

        assertThat(classify(Status.FAILED_PRECONDITION, garbage)).isInstanceOf(Outcome.Failed.class);
    }

    @Test
    void a_participants_own_table_overrides_the_common_table_but_not_a_reason() {
        OutcomeTable own = new OutcomeTable(
                "stock",
                Map.of(
                        Status.Code.ABORTED, Verdict.REJECTED,
                        Status.Code.FAILED_PRECONDITION, Verdict.UNKNOWN,
                        Status.Code.RESOURCE_EXHAUSTED, Verdict.IN_PROGRESS,
                        Status.Code.INTERNAL, Verdict.FAILED,
                        Status.Code.NOT_FOUND, Verdict.MISCONFIGURED));

        assertThat(own.classify(Status.ABORTED, answered(), null, false))
                .isEqualTo(new Outcome.Rejected("ABORTED", false));
        assertThat(own.classify(Status.FAILED_PRECONDITION, answered(), null, false))
                .isInstanceOf(Outcome.Unknown.class);
        assertThat(own.classify(Status.RESOURCE_EXHAUSTED, answered(), null, false))
                .isInstanceOf(Outcome.InProgress.class);
        assertThat(own.classify(Status.INTERNAL, answered(), null, false))
                .isEqualTo(new Outcome.Failed("INTERNAL", false));
        assertThat(own.classify(Status.NOT_FOUND, answered(), null, false)).isInstanceOf(Outcome.Misconfigured.class);
        assertThat(own.classify(Status.FAILED_PRECONDITION, reason("REJECTED"), null, false))
                .isInstanceOf(Outcome.Rejected.class);
        assertThat(own.classify(Status.UNAVAILABLE, answered(), null, false)).isInstanceOf(Outcome.Unknown.class);
    }

    @Test
    void a_long_text_is_cut() {
        assertThat(classify(Status.ABORTED.withDescription("x".repeat(10_000)), answered())
                        .detail())
                .hasSize(500)
                .endsWith("…");
    }

    @Test
    void only_a_connection_without_any_response_is_broken() {
        assertThat(OutcomeTable.link(Status.UNAVAILABLE, new Metadata(), false)).isEqualTo(Circuit.Link.BROKEN);
        assertThat(OutcomeTable.link(Status.UNAVAILABLE, answered(), false)).isEqualTo(Circuit.Link.ANSWERED);
        assertThat(OutcomeTable.link(Status.UNAVAILABLE, new Metadata(), true)).isEqualTo(Circuit.Link.ANSWERED);
        assertThat(OutcomeTable.link(Status.DEADLINE_EXCEEDED, new Metadata(), false))
                .isEqualTo(Circuit.Link.SILENT);
    }

    private Outcome classify(Status status, Metadata trailers) {
        return table.classify(status, trailers, null, false);
    }

    /** Returns the trailers that a server sends with any status. */
    private static Metadata answered() {
        Metadata trailers = new Metadata();
        trailers.put(Metadata.Key.of("content-type", Metadata.ASCII_STRING_MARSHALLER), "application/grpc");
        return trailers;
    }

    private static Metadata reason(String reason) {
        return LoopbackParticipant.details(Code.FAILED_PRECONDITION, ours(reason));
    }

    private static ErrorInfo ours(String reason) {
        return ErrorInfo.newBuilder().setDomain("entente.dev").setReason(reason).build();
    }

    private static RetryInfo retryAfter(long seconds) {
        return RetryInfo.newBuilder()
                .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
                .build();
    }
}

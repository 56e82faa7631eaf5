package dev.entente.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.v1.Plan;
import dev.entente.v1.SubmitTransactionRequest;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class RequestTemplateTest {
    @Test
    void each_saga_plan_has_400_bytes_and_its_own_gid() throws InvalidProtocolBufferException {
        RequestTemplate template = RequestTemplate.saga();
        Plan first = plan(template.next());
        Plan second = plan(template.next());

        assertThat(first.getSaga().getStepsList()).extracting("id").containsExactly("first", "second");
        assertThat(first.getSerializedSize())
                .isBetween(RequestTemplate.PLAN_BYTES - 8, RequestTemplate.PLAN_BYTES + 16);
        assertThat(UUID.fromString(first.getGid())).isNotEqualTo(UUID.fromString(second.getGid()));
    }

    @Test
    void each_tcc_transaction_is_as_large_as_a_saga() throws InvalidProtocolBufferException {
        Plan plan = plan(RequestTemplate.tcc().next());

        assertThat(plan.getTcc().getBranchesList()).hasSize(2);
        assertThat(plan.getSerializedSize()).isBetween(RequestTemplate.PLAN_BYTES - 8, RequestTemplate.PLAN_BYTES + 16);
    }

    @Test
    void baseline_requests_are_as_large_as_saga_requests() {
        assertThat(RequestTemplate.peer().next())
                .hasSameSizeAs(RequestTemplate.saga().next());
    }

    private static Plan plan(byte[] request) throws InvalidProtocolBufferException {
        return SubmitTransactionRequest.parseFrom(request).getPlan();
    }
}

package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks of the spelling of gRPC methods. */
class GrpcCheckTest {
    private static List<String> of(String method) {
        Operation operation = new Operation(
                new Target.Grpc("stock", method), ByteString.EMPTY, List.of(), CallPolicy.standard(Role.FORWARD));
        return found(saga(withForward(step("a"), operation)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"s/M", "shop.v1.StockService/Reserve", "_a9._B/c_9", "S/_"})
    void a_valid_method_name_is_accepted(String method) {
        assertThat(of(method)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../x", "./x", ".s/M", "s./M", "a..b/M", "1s/M", "a.1b/M", "s/1M", "s/M.x", "s/..", "s/M/x", "s/", "/M",
                "s", "s-t/M", "s/M-x", "s/M%2e", "s/ä"
            })
    void an_invalid_method_name_is_refused(String method) {
        assertThat(of(method)).containsExactly("ENT-001 plan.saga.steps[0].action.grpc");
    }
}

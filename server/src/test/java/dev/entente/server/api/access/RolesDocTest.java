package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Verifies the table of calls and roles in {@code docs/configuration.md} against the code. */
class RolesDocTest {
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| (`[A-Z]\\w+`(?:, `[A-Z]\\w+`)*) \\| (\\S+) \\| (\\S+) \\| (\\S+) \\| (\\S+) \\|$");
    private static final List<Access> COLUMNS = List.of(Access.SUBMITTER, Access.VIEWER, Access.OPERATOR, Access.ADMIN);
    private static final Set<String> CELLS = Set.of("yes", "own", "–");

    @Test
    void each_call_is_open_to_the_documented_roles() throws IOException {
        Map<String, Set<Access>> reported = reported();
        List<String> unused = new ArrayList<>(reported.keySet());
        for (ServiceDescriptor service : List.of(
                TransactionServiceGrpc.getServiceDescriptor(),
                OperatorServiceGrpc.getServiceDescriptor(),
                TopicServiceGrpc.getServiceDescriptor())) {
            for (MethodDescriptor<?, ?> method : service.getMethods()) {
                String serviceName =
                        service.getName().substring(service.getName().lastIndexOf('.') + 1);
                String row = reported.containsKey(serviceName) ? serviceName : method.getBareMethodName();
                unused.remove(row);
                assertThat(Authentication.wanted(method.getFullMethodName()))
                        .as(method.getFullMethodName())
                        .isEqualTo(reported.get(row));
            }
        }
        assertThat(unused).isEmpty();
        assertThat(Authentication.wanted("grpc.reflection.v1.ServerReflection/ServerReflectionInfo"))
                .containsExactlyInAnyOrder(Access.values());
        for (String unlisted : List.of("entente.v1.TransactionService/New", "entente.v2.Any/Thing", "Odd/Call")) {
            assertThat(Authentication.wanted(unlisted)).as(unlisted).isEmpty();
        }
    }

    private static Map<String, Set<Access>> reported() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "configuration.md"));
        Map<String, Set<Access>> reported = new HashMap<>();
        for (MatchResult row : ROW.matcher(page).results().toList()) {
            Set<Access> roles = EnumSet.noneOf(Access.class);
            for (int column = 0; column < COLUMNS.size(); column++) {
                String cell = row.group(2 + column);
                assertThat(CELLS).contains(cell);
                if (!cell.equals("–")) {
                    roles.add(COLUMNS.get(column));
                }
            }
            for (String call : row.group(1).replace("`", "").split(", ", -1)) {
                assertThat(reported.put(call, roles)).as(call).isNull();
            }
        }
        return reported;
    }
}

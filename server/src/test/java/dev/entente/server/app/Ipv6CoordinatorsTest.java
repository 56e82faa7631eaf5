package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.LoopbackPorts;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Coordinators that reach each other over real IPv6 sockets, as in a cluster without IPv4. */
class Ipv6CoordinatorsTest {
    private static final Pattern ADVERTISED = Pattern.compile("ENTENTE_GRPC_ADVERTISE, value: \"(.*?)\"");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"::1", "0:0:0:0:0:0:0:1", "127.0.0.1"})
    void an_operation_is_forwarded_to_the_address_in_the_kubernetes_manifest(String address) throws IOException {
        int port = LoopbackPorts.next();
        String manifest = Files.readString(Path.of("../deploy/kubernetes.yaml"));
        Matcher found = ADVERTISED.matcher(manifest);
        assertThat(found.find()).isTrue();
        String advertised = found.group(1).replace("$(POD_ADDRESS)", address).replace("7790", Integer.toString(port));
        try (LocalCoordinator owner = LocalCoordinator.start(
                        TestDatabase.withSchema(),
                        "node-a",
                        "grpc.bind",
                        address,
                        "grpc.port",
                        Integer.toString(port),
                        "grpc.advertise",
                        advertised,
                        "participants.stock.target",
                        "localhost:1");
                LocalCoordinator other = LocalCoordinator.start(owner.database, "node-b")) {
            owner.submit(SamplePlans.scheduled("kept"));
            assertThat(other.park("kept").hasParked()).isTrue();
        }
    }

    /** deploy/kubernetes.yaml listens on 0.0.0.0. */
    @Test
    void a_coordinator_that_listens_on_all_addresses_is_reached_over_IPv6() throws Exception {
        Principals principals = new Principals(folder, "ann operator");
        try (LocalCoordinator open = LocalCoordinator.start(
                "grpc.bind", "0.0.0.0", "http.bind", "0.0.0.0", "auth.tokenFile", principals.file.toString())) {
            for (String address : new String[] {
                open.server.ready().grpc(), open.server.ready().http()
            }) {
                int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(InetAddress.ofLiteral("::1"), port));
                    assertThat(socket.isConnected()).isTrue();
                }
            }
        }
    }
}

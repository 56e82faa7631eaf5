package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.hasty;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A participant with several addresses behind its name, over real connections. */
class SeveralAddressesTest {
    private final List<Integer> ports = new CopyOnWriteArrayList<>();
    private final NameResolverProvider names = new Names();

    @BeforeEach
    void register() {
        NameResolverRegistry.getDefaultRegistry().register(names);
    }

    @AfterEach
    void deregister() {
        NameResolverRegistry.getDefaultRegistry().deregister(names);
    }

    private final class Names extends NameResolverProvider {
        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 5;
        }

        @Override
        public String getDefaultScheme() {
            return "several";
        }

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args args) {
            return new NameResolver() {
                private @Nullable Listener2 listener;

                @Override
                public String getServiceAuthority() {
                    return "p";
                }

                @Override
                public void start(Listener2 reported) {
                    listener = reported;
                    refresh();
                }

                @Override
                public void refresh() {
                    List<EquivalentAddressGroup> found = ports.stream()
                            .map(port -> new EquivalentAddressGroup(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
                            .toList();
                    Listener2 reported = Objects.requireNonNull(listener);
                    args.getSynchronizationContext()
                            .execute(() -> reported.onResult2(ResolutionResult.newBuilder()
                                    .setAddressesOrError(StatusOr.fromValue(found))
                                    .build()));
                }

                @Override
                public void shutdown() {}
            };
        }
    }

    private static void callUntilArrived(GrpcParticipants participants, LoopbackParticipant... all) {
        Awaitility.await().until(() -> {
            CallFixture.await(start(participants, callOf("p")));
            return List.of(all).stream().noneMatch(one -> one.arrived().isEmpty());
        });
    }

    @SuppressWarnings("try") // one participant is closed before the others
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void calls_are_distributed_over_all_addresses_including_new_addresses(int connections) {
        try (LoopbackParticipant first = LoopbackParticipant.plain(LoopbackParticipant.ok("first"));
                LoopbackParticipant second = LoopbackParticipant.plain(LoopbackParticipant.ok("second"));
                LoopbackParticipant third = LoopbackParticipant.plain(LoopbackParticipant.ok("third"))) {
            ports.addAll(List.of(first.port(), second.port()));
            try (GrpcParticipants participants =
                    hasty(plaintext("p", "several:///p").with(it -> it.connections = connections))) {
                callUntilArrived(participants, first, second);
                assertThat(third.arrived()).isEmpty();
                ports.add(third.port());
                second.close(); // a lost connection triggers a new name resolution
                callUntilArrived(participants, third);
            }
        }
    }
}

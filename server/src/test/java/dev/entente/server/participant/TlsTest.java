package dev.entente.server.participant;

import static dev.entente.server.participant.CallFixture.await;
import static dev.entente.server.participant.CallFixture.callOf;
import static dev.entente.server.participant.CallFixture.participants;
import static dev.entente.server.participant.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.participant.ParticipantConfig.Tls;
import dev.entente.server.transaction.Outcome;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over TLS, with certificates that the JDK's keytool makes. */
class TlsTest {
    @TempDir
    static Path folder;

    private record Identity(Path certificate, Path key) {}

    private static Identity participant = new Identity(Path.of(""), Path.of(""));
    private static Identity coordinator = participant;

    @BeforeAll
    static void make_certificates() throws IOException, InterruptedException, GeneralSecurityException {
        participant = selfSigned("participant");
        coordinator = selfSigned("coordinator");
    }

    @Test
    void a_trusted_participant_is_called() throws IOException {
        try (var stock = LoopbackParticipant.start(serverOnly(), LoopbackParticipant.ok(""));
                var participants = participants(config(stock, new Tls(participant.certificate(), null, null, null)))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
        }
    }

    @Test
    void a_participant_that_is_not_trusted_never_sees_a_call() throws IOException {
        try (var stock = LoopbackParticipant.start(serverOnly(), LoopbackParticipant.ok(""));
                var participants = participants(config(stock, new Tls(coordinator.certificate(), null, null, null)))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
            assertThat(stock.arrived()).isEmpty();
        }
    }

    @Test
    void a_name_that_is_not_in_the_certificate_is_not_trusted() throws IOException {
        try (var stock = LoopbackParticipant.start(serverOnly(), LoopbackParticipant.ok(""));
                var participants = participants(
                        config(stock, new Tls(participant.certificate(), null, null, "stock.shop.example")))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
            assertThat(stock.arrived()).isEmpty();
        }
    }

    @Test
    void a_participant_that_asks_who_calls_is_told() throws IOException {
        ServerCredentials mutual = TlsServerCredentials.newBuilder()
                .keyManager(
                        participant.certificate().toFile(), participant.key().toFile())
                .trustManager(coordinator.certificate().toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build();
        Tls withName = new Tls(participant.certificate(), coordinator.certificate(), coordinator.key(), null);
        try (var stock = LoopbackParticipant.start(mutual, LoopbackParticipant.ok(""));
                var named = participants(config(stock, withName));
                var nameless = participants(config(stock, new Tls(participant.certificate(), null, null, null)))) {
            assertThat(await(start(named, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            assertThat(await(start(nameless, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    private static ServerCredentials serverOnly() throws IOException {
        return TlsServerCredentials.create(
                participant.certificate().toFile(), participant.key().toFile());
    }

    private static ParticipantConfig config(LoopbackParticipant stock, Tls tls) {
        return new ParticipantConfig(
                "stock",
                stock.target(),
                ParticipantConfig.MAX_IN_FLIGHT,
                2,
                ParticipantConfig.MAX_RESPONSE_BYTES,
                Map.of(),
                tls,
                null,
                null);
    }

    private static Identity selfSigned(String name) throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile())
                .start();
        assertThat(keytool.waitFor()).as("keytool").isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "changeit".toCharArray());
        }
        return new Identity(
                pem(name + ".crt", "CERTIFICATE", keys.getCertificate("it").getEncoded()),
                pem(
                        name + ".key",
                        "PRIVATE KEY",
                        keys.getKey("it", "changeit".toCharArray()).getEncoded()));
    }

    private static Path pem(String file, String what, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return Files.writeString(
                folder.resolve(file), "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, body, what));
    }
}

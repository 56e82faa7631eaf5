package dev.entente.server.cli;

import dev.entente.server.api.access.Certificates;
import dev.entente.server.api.access.Pem;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options by which a command speaks TLS, and the credentials that they name. */
final class TlsOptions {
    private static final String CA_VARIABLE = "ENTENTE_CA";

    @Option(
            names = "--tls",
            description = "Speak TLS, and trust what this platform trusts (default: plaintext, unless --ca is given).")
    private boolean tls;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Speak TLS, and trust the certificates in this PEM file (default: the file in " + CA_VARIABLE
                    + ").")
    private @Nullable Path ca;

    @Option(
            names = "--certificate",
            paramLabel = "FILE",
            description = "PEM file with a certificate of one's own, for a coordinator that asks who calls.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "PEM file with its private key.")
    private @Nullable Path key;

    /**
     * Reads the files that the options name.
     *
     * @throws ParameterException where a file cannot be read or used
     */
    ChannelCredentials credentials(CommandLine commandLine) {
        Path trusted = trusted();
        if ((certificate == null) != (key == null)) {
            throw Remote.wrong(commandLine, "--certificate and --key belong together; give both, or neither", null);
        }
        if (!tls && trusted == null && certificate == null) {
            return InsecureChannelCredentials.create();
        }
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        try {
            if (trusted != null) {
                String origin = ca == null ? CA_VARIABLE : "--ca";
                AdvancedTlsX509TrustManager authorities = Certificates.nobody();
                Certificates.trust(authorities, read(commandLine, origin, trusted));
                credentials.trustManager(authorities);
            }
            if (certificate != null && key != null) {
                AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
                Certificates.show(
                        own, read(commandLine, "--certificate", certificate), read(commandLine, "--key", key));
                credentials.keyManager(own);
            }
        } catch (GeneralSecurityException useless) {
            throw Remote.wrong(commandLine, String.valueOf(useless.getMessage()), useless);
        }
        return credentials.build();
    }

    private @Nullable Path trusted() {
        String environment = System.getenv(CA_VARIABLE);
        return ca != null || environment == null || environment.isEmpty() ? ca : Path.of(environment);
    }

    private static Pem read(CommandLine commandLine, String origin, Path file) {
        try {
            return new Pem(file, Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException unreadable) {
            throw Remote.unreadable(commandLine, origin, file, unreadable);
        }
    }
}

package dev.entente.server.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.util.AdvancedTlsX509KeyManager;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads files as openssl writes them: ecparam -genkey, pkcs12 -nodes, rsa -traditional, ec -aes256, pkcs8 -topk8. */
class PemTest {
    private static Pem pem(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(PemTest.class.getResourceAsStream("/pem/" + name), name)) {
            return new Pem(Path.of("/etc", name), new String(in.readAllBytes(), StandardCharsets.ISO_8859_1));
        }
    }

    private static Pem with(String text) {
        return new Pem(Path.of("/etc/some.key"), text);
    }

    private static AdvancedTlsX509KeyManager shown(Pem chain, Pem key) throws GeneralSecurityException {
        AdvancedTlsX509KeyManager shown = new AdvancedTlsX509KeyManager();
        Certificates.show(shown, chain, key);
        return shown;
    }

    private static void trust(Pem pem) throws GeneralSecurityException {
        Certificates.trust(Certificates.empty(), pem);
    }

    @ParameterizedTest
    @CsvSource({"ec.crt, ec-bag.key", "ec-bag.key, ec-bag.key", "rsa.crt, rsa.key"})
    void a_key_is_read_next_to_its_certificate_or_from_another_file(String chain, String key) throws Exception {
        assertThat(shown(pem(chain), pem(key)).getServerAliases("", null)).isNotEmpty();
    }

    @Test
    void a_file_may_contain_the_chain_after_the_key() throws Exception {
        Pem both = with(pem("ec-bag.key").text() + pem("rsa.crt").text());
        AdvancedTlsX509KeyManager shown = shown(both, both);
        assertThat(shown.getCertificateChain(shown.getServerAliases("", null)[0]))
                .hasSize(2);
    }

    @Test
    void a_key_with_windows_line_ends_is_read() throws Exception {
        Pem windows = with(pem("ec-bag.key").text().replace("\n", "\r\n"));
        assertThat(shown(pem("ec.crt"), windows).getServerAliases("", null)).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ec.crt, ec-encrypted.key, it contains BEGIN EC PRIVATE KEY, encrypted",
        "ec.crt, ec.crt, it contains BEGIN CERTIFICATE, ''",
        "ec-sec1.key, ec-sec1.key, it contains BEGIN EC PARAMETERS, BEGIN EC PRIVATE KEY",
        "ec.crt, ec-sec1.key, BEGIN EC PRIVATE KEY, openssl pkcs8 -topk8 -nocrypt -in /etc/ec-sec1.key -out FILE",
        "rsa.crt, rsa-pkcs1.key, BEGIN RSA PRIVATE KEY, openssl pkcs8 -topk8 -nocrypt -in /etc/rsa-pkcs1.key",
        "rsa.crt, ec-bag.key, PRIVATE KEY for a certificate of RSA, ''",
    })
    void an_unusable_file_is_named_with_the_types_it_contains(String chain, String key, String form, String more) {
        assertThatThrownBy(() -> shown(pem(chain), pem(key)))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageStartingWith("/etc/" + (chain.endsWith("crt") ? key : chain))
                .hasMessageContainingAll(form, more);
    }

    @Test
    void a_file_without_certificates_gets_no_advice_on_key_conversion() throws Exception {
        Pem key = pem("ec-sec1.key");
        assertThatThrownBy(() -> shown(key, key))
                .hasMessageStartingWith("/etc/ec-sec1.key does not contain a certificate")
                .hasMessageEndingWith("BEGIN EC PRIVATE KEY");
    }

    @Test
    void a_damaged_file_and_a_file_without_pem_are_named() throws Exception {
        String damaged = pem("ec.crt").text().replace("MIIBjTCC", "MIIBjTC");
        assertThatThrownBy(() -> trust(with(damaged)))
                .hasMessageStartingWith("/etc/some.key has a damaged or wrong CERTIFICATE: ");
        assertThatThrownBy(() -> trust(with("0\u0082\u0001")))
                .hasMessageStartingWith("/etc/some.key does not contain a certificate")
                .hasMessageEndingWith("no PEM data");
        String half = pem("ec-bag.key").text().replace("MIGHAgEA", "MIGHAgE");
        assertThatThrownBy(() -> shown(pem("ec.crt"), with(half)))
                .hasMessageStartingWith("/etc/some.key has a damaged or wrong PRIVATE KEY");
    }
}

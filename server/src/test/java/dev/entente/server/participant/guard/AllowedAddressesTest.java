package dev.entente.server.participant.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedAddressesTest {
    private static final AllowedAddresses GUARD = allowing("10.1.0.0/16", "fd00::/8", "192.168.7.7");

    private static AllowedAddresses allowing(String... networks) {
        return new AllowedAddresses(
                new TargetGuard(List.of(), List.of()), List.of(networks), InetAddress::getAllByName);
    }

    private static boolean permits(String host, String address) {
        return GUARD.permits(host, true, InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.2.0.1",
                "127.0.0.1",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.7.8",
                "100.64.0.1",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1",
                "fc00::1",
                "::ffff:127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "ff02::1"
            })
    void a_name_that_resolves_to_a_private_address_is_refused(String address) {
        assertThat(permits("shop.example", address)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"93.184.216.34", "172.32.0.1", "2a00:1450:4001::1", "10.1.2.3", "fd12::1", "192.168.7.7"})
    void public_addresses_and_permitted_networks_are_permitted(String address) {
        assertThat(permits("shop.example", address)).isTrue();
    }

    @Test
    void an_address_named_in_the_allow_list_is_permitted() {
        assertThat(permits("127.0.0.1", "127.0.0.1")).isTrue();
        assertThat(permits("::1", "::1")).isTrue();
        assertThat(permits("localhost", "127.0.0.1")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "169.254.169.254", "10.2.0.1", "0.0.0.0"})
    void a_private_address_matched_only_by_a_wildcard_is_refused(String address) {
        assertThat(GUARD.permits(address, false, InetAddress.ofLiteral(address)))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop.internal", "10.0.0.0/33", "10.0.0.0/x", "10.0.0/8", ""})
    void an_invalid_network_is_refused(String text) {
        assertThatThrownBy(() -> allowing(text)).hasMessageContaining("is not a valid network");
    }
}

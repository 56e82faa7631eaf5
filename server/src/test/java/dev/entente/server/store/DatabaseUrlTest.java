package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

class DatabaseUrlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db/shop",
                "jdbc:postgresql://10.0.0.7:5432/shop?connectTimeout=3",
                "jdbc:postgresql://localhost:5432,db-2:5432/shop",
                "jdbc:postgresql://localhost.example.com/shop",
                "jdbc:postgresql://127.0.0.1.example.com/shop",
                "jdbc:postgresql://[2001:db8::1]:5432/shop",
            })
    void a_remote_database_is_verified_by_its_certificate(String url) {
        assertThat(DatabaseUrl.tls(url)).containsEntry("sslmode", "verify-full");
        assertThat(DatabaseUrl.tlsAdvice(url)).contains("not on this machine", "sslrootcert=FILE", "sslmode=disable");
        assertThat(Database.properties(DatabaseSettings.of(url, "me", "x"), "test", 1))
                .containsEntry("sslmode", "verify-full");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql:shop",
                "jdbc:postgresql:/",
                "jdbc:postgresql:///shop",
                "jdbc:postgresql://:5433/shop",
                "jdbc:postgresql://localhost:5432/shop",
                "jdbc:postgresql://127.0.0.2,localhost:5433/shop",
                "jdbc:postgresql://[::1]:5432/shop",
                "jdbc:postgresql://db/shop?sslmode=disable",
                "jdbc:postgresql://db/shop?ssl=true",
                "jdbc:postgresql://db/shop?socketFactory=org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg",
                "jdbc:mysql://db/shop",
            })
    void a_local_URL_or_a_URL_with_explicit_TLS_settings_is_unchanged(String url) {
        assertThat(DatabaseUrl.tls(url)).isEmpty();
        assertThat(DatabaseUrl.tlsAdvice(url)).isEmpty();
        assertThat(Database.properties(DatabaseSettings.of(url, "me", "x"), "test", 1))
                .doesNotContainKey("sslmode");
    }

    @Test
    void a_failed_certificate_check_names_the_parameter_to_set() {
        DatabaseSettings remote = DatabaseSettings.of("jdbc:postgresql://db.example.com/shop", "me", "x");
        try (Database database = Database.of(remote)) {
            assertThat(database.unreachable(new SQLException("no root certificate")))
                    .hasMessageContaining("ENT-072")
                    .hasMessageContaining("'db.example.com' is not on this machine")
                    .hasMessageContaining("sslrootcert=FILE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:postgresql://db:5432/shop@home", "jdbc:postgresql://db/shop?user=me@home"})
    void an_at_sign_after_the_host_is_not_a_user(String url) {
        assertThat(DatabaseUrl.hasUserInfo(url)).isFalse();
    }

    @Test
    void a_missing_thread_is_not_reported_as_a_database_failure() {
        DatabaseSettings local = DatabaseSettings.of("jdbc:postgresql://127.0.0.1/shop", "me", "x");
        Error noThread = new OutOfMemoryError("unable to create native thread");
        Error noClass = new NoClassDefFoundError("Could not initialize class org.postgresql.util.LazyCleaner");
        noClass.initCause(new ExceptionInInitializerError("Exception " + noThread + " [in thread \"main\"]"));
        try (Database database = Database.of(local)) {
            for (Error missing : List.of(noThread, noClass)) {
                assertThatThrownBy(() -> database.unreachable(new SQLException("unusual", missing)))
                        .isInstanceOf(OutOfMemoryError.class)
                        .hasMessageContaining("unable to create native thread");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"InitPostgres, false", "CheckMyDatabase, false", "pg_current_wal_lsn, true"})
    void a_refused_connection_is_not_a_refused_statement(String routine, boolean isOfStatement) {
        SQLException refused =
                new PSQLException(new ServerErrorMessage("SFATAL\0C55000\0Mrefused\0R" + routine + "\0"));
        assertThat(DatabaseFault.isOfStatement(refused)).isEqualTo(isOfStatement);
    }

    @ParameterizedTest
    @CsvSource({"53400, true", "53100, true", "42501, true", "53300, false", "57P01, false", "28P01, false"})
    void a_refused_statement_is_not_an_unreachable_database(String state, boolean isOfStatement) {
        SQLException refused = new PSQLException(new ServerErrorMessage("SERROR\0C" + state + "\0Mrefused\0"));
        assertThat(DatabaseFault.isOfStatement(refused)).isEqualTo(isOfStatement);
    }

    @Test
    void a_password_in_a_URL_is_found_and_not_shown() {
        String url = "jdbc:postgresql://db/shop?user=me&password=hunter2&sslpassword=hunter3";
        assertThat(DatabaseUrl.hasPassword(url)).isTrue();
        assertThat(DatabaseUrl.shown(url)).contains("user=me").doesNotContain("hunter");
        assertThat(DatabaseUrl.shown("postgres://me:hunter2@db/shop")).doesNotContain("hunter");
        assertThat(DatabaseSettings.of(url, "me", "x").toString()).doesNotContain("hunter");
        assertThat(DatabaseUrl.hasPassword("jdbc:postgresql://db/password?user=me"))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://me:hunter2@127.0.0.1:5432/shop",
                "jdbc:postgresql://me:hunter2@db/shop",
                "jdbc:postgresql://me:hunt@hunter2@db/shop",
                "jdbc:postgresql://db-1:5432,me:hunter2@db-2:5432/shop",
                "jdbc:postgresql://me@db?currentSchema=shop",
                "jdbc:postgresql://me:hunt/er2@db/shop",
            })
    void a_user_before_the_host_is_found_and_not_shown(String url) {
        assertThat(DatabaseUrl.hasUserInfo(url)).isTrue();
        assertThat(DatabaseUrl.shown(url)).startsWith("jdbc:postgresql://…@").doesNotContain("hunt");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://127.0.0.1:99999/shop",
                "jdbc:postgresql://127.0.0.1:port/shop",
                "jdbc:postgresql://db/shop?options=%zz",
                "jdbc:postgresql://?service=nosuch",
                "jdbc:postgresql://me:hun?ter2@db/shop",
            })
    void a_URL_that_the_driver_cannot_read_is_found_and_its_password_is_not_shown(String url) {
        assertThat(DatabaseUrl.isReadable(url)).isFalse();
        assertThat(DatabaseUrl.shown(url)).doesNotContain("hun", "er2");
    }

    @ParameterizedTest
    @CsvSource({
        "?preferQueryMode=simple, preferQueryMode=simple",
        "?ssl=true&preferQueryMode=simple&user=me, preferQueryMode=simple",
        "?maxResultBuffer=20K, maxResultBuffer=20K",
        "?maxResultBuffer=80p&ssl=true, maxResultBuffer=80p",
        "?readOnly=TRUE, readOnly=TRUE",
        "?replication=database, replication=database",
        "?preferQueryMode=extendedForPrepared&readOnly=false&replication=false&maxResultBuffer=, ",
        "'', "
    })
    void a_parameter_that_prevents_writes_is_found(String parameters, @Nullable String found) {
        assertThat(DatabaseUrl.unusable("jdbc:postgresql://db/shop" + parameters))
                .isEqualTo(found);
    }
}

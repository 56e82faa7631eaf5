package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.Barrier;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Databases as their drivers and pools describe them. */
final class DatabasesTest {
    /** MySQL's driver calls a MariaDB by the name of MySQL; the version is that of Debian's. */
    @Test
    void a_mariadb_by_mysqls_driver_is_a_mariadb() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(EntenteAutoConfiguration.class, EntenteJdbcAutoConfiguration.class))
                .withBean(DataSource.class, () -> RefusedStartTest.named("MySQL", "10.11.14-MariaDB-0+deb12u2"))
                .run(context -> assertThat(context.getBean(Barrier.class).ddl()).contains("engine = InnoDB"));
    }

    @Test
    void a_table_that_a_filter_of_the_pool_refuses_is_no_case_for_a_migration() {
        SQLException refusal =
                new SQLException("sql injection violation, multi-statement not allow : create table entente_barrier");
        DataSource postgres = RefusedStartTest.named("PostgreSQL");
        assertThatThrownBy(() -> Databases.create(postgres, "entente.barrier.create-table", "create table", () -> {
                    throw refusal;
                }))
                .isInstanceOfSatisfying(
                        WrongSetup.class,
                        refused -> assertThat(refused.action())
                                .contains("take 'wall' from the filters")
                                .doesNotContain("migrations"));
    }
}

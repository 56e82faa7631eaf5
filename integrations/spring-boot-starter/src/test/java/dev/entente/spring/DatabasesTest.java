package dev.entente.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.Barrier;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Tests the detection of databases by the descriptions of drivers and pools. */
final class DatabasesTest {
    /** MySQL's driver reports the product name MySQL for MariaDB. The version is that of Debian's package. */
    @Test
    void mariadb_is_detected_with_mysqls_driver() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(EntenteAutoConfiguration.class, EntenteJdbcAutoConfiguration.class))
                .withBean(DataSource.class, () -> RefusedStartTest.named("MySQL", "10.11.14-MariaDB-0+deb12u2"))
                .run(context -> assertThat(context.getBean(Barrier.class).ddl()).contains("engine = InnoDB"));
    }

    @Test
    void the_advice_for_a_table_refused_by_a_pool_filter_names_the_filter() {
        SQLException refusal =
                new SQLException("sql injection violation, multi-statement not allow : create table entente_barrier");
        DataSource postgres = RefusedStartTest.named("PostgreSQL");
        assertThatThrownBy(() -> Databases.create(postgres, "entente.barrier.create-table", "create table", () -> {
                    throw refusal;
                }))
                .isInstanceOfSatisfying(
                        WrongSetup.class,
                        refused -> assertThat(refused.action())
                                .contains("remove 'wall' from the filters")
                                .doesNotContain("migrations"));
    }
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Edges of a GPIO line to the pulse counter: kernel time stamps and numbers, no debounce of the
 * kernel's (it stamps late and drops short pulses), no polling. Reads one line, writes none.
 */
#include <errno.h>

#include "pulse.h"

#ifdef HAVE_GPIOD

#include <gpiod.h>
#include <sys/epoll.h>
#include <time.h>

enum {
	EVENTS_MAX = 1024,	/* The kernel's own limit of its queue of a line. */
	QUIET_US = 1000 * 1000, /* A reading without a pulse: power decays. */
	TIMER_ACCURACY_US = 1000,
	PULSES_PER_KWH_MAX = 1000 * 1000,
};

DEFINE_CLEANUP(struct gpiod_chip *, gpiod_chip_close);
DEFINE_CLEANUP(struct gpiod_line_settings *, gpiod_line_settings_free);
DEFINE_CLEANUP(struct gpiod_line_config *, gpiod_line_config_free);
DEFINE_CLEANUP(struct gpiod_request_config *, gpiod_request_config_free);

struct pulse_gpio {
	struct driver_context context;
	struct pulse_counter counter;
	struct gpiod_line_request *request;
	struct gpiod_edge_event_buffer *events;
	sd_event_source *io;
	sd_event_source *timer;
	int64_t next_us; /* When a reading is due, pulse or not; monotonic. */
	uint64_t sent_pulses;
	uint64_t sent_missed;
};

static int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void send_reading(struct pulse_gpio *meter, int64_t now_us)
{
	uint64_t missed = meter->counter.missed - meter->sent_missed;
	struct reading reading = {
		.source = meter->context.source,
		.time_us = meter->context.clock(meter->context.clock_context),
		.has_energy = true,
		.energy_mwh = pulse_counter_energy_mwh(&meter->counter),
		.missed = missed > UINT32_MAX ? UINT32_MAX : (uint32_t)missed,
	};

	reading.has_power = pulse_counter_power_mw(&meter->counter, now_us, &reading.power_mw);
	meter->sent_pulses = meter->counter.pulses;
	meter->sent_missed = meter->counter.missed;
	meter->next_us = now_us + QUIET_US;
	meter->context.sink(&reading, meter->context.sink_context);
}

/** Wakes when the edge that waits is old enough, else when the next reading is due. */
static int arm_timer(struct pulse_gpio *meter)
{
	int64_t wake_us = meter->next_us;
	int64_t level_us = meter->counter.pending.time_us + meter->counter.settings.debounce_us;

	if (meter->counter.has_pending && level_us < wake_us)
		wake_us = level_us;
	return sd_event_source_set_time(meter->timer, (uint64_t)wake_us);
}

static int let_time_pass(struct pulse_gpio *meter)
{
	int64_t now_us = monotonic_us();

	pulse_counter_tick(&meter->counter, now_us);
	if (meter->counter.pulses != meter->sent_pulses || now_us >= meter->next_us)
		send_reading(meter, now_us);
	return arm_timer(meter);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	return let_time_pass(userdata);
}

/** A line that is gone falls silent: its owner sees that no reading comes. */
static int give_up(struct pulse_gpio *meter, int error)
{
	(void)sd_event_source_set_enabled(meter->timer, SD_EVENT_OFF);
	return error;
}

static int on_edges(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pulse_gpio *meter = userdata;
	int count;

	(void)source;
	(void)fd;
	if ((revents & EPOLLIN) == 0)
		return give_up(meter, -EIO);
	count = gpiod_line_request_read_edge_events(meter->request, meter->events, EVENTS_MAX);
	if (count < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : give_up(meter, -errno);
	for (int index = 0; index < count; index++) {
		struct gpiod_edge_event *event =
			gpiod_edge_event_buffer_get_event(meter->events, (unsigned long)index);
		struct pulse_edge edge = {
			.time_us = (int64_t)(gpiod_edge_event_get_timestamp_ns(event) / 1000),
			.is_rising = gpiod_edge_event_get_event_type(event) ==
				     GPIOD_EDGE_EVENT_RISING_EDGE,
			.sequence = (uint32_t)gpiod_edge_event_get_line_seqno(event),
		};

		pulse_counter_edge(&meter->counter, &edge);
	}
	return let_time_pass(meter);
}

static int bias_from_text(const char *text, enum gpiod_line_bias *ret_bias)
{
	static const struct {
		const char *text;
		enum gpiod_line_bias bias;
	} biases[] = {
		{"pull-up", GPIOD_LINE_BIAS_PULL_UP},
		{"pull-down", GPIOD_LINE_BIAS_PULL_DOWN},
		{"disabled", GPIOD_LINE_BIAS_DISABLED},
		{"as-is", GPIOD_LINE_BIAS_AS_IS},
	};

	for (size_t index = 0; index < sizeof(biases) / sizeof(biases[0]); index++) {
		if (strcmp(biases[index].text, text) == 0) {
			*ret_bias = biases[index].bias;
			return 0;
		}
	}
	return -EINVAL;
}

static int configure_line(const struct pulse_gpio_config *config,
			  struct gpiod_line_config *line_config)
{
	_cleanup_(gpiod_line_settings_freep) struct gpiod_line_settings *settings =
		gpiod_line_settings_new();
	enum gpiod_line_bias bias;
	unsigned int line = config->line;

	if (!settings)
		return -ENOMEM;
	if (bias_from_text(config->bias, &bias) < 0)
		return -EINVAL;
	gpiod_line_settings_set_active_low(settings, config->active_low);
	if (gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT) < 0 ||
	    gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH) < 0 ||
	    gpiod_line_settings_set_bias(settings, bias) < 0 ||
	    gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC) < 0 ||
	    gpiod_line_config_add_line_settings(line_config, &line, 1, settings) < 0)
		return -errno;
	return 0;
}

static int request_line(const struct pulse_gpio_config *config,
			struct gpiod_line_request **ret_request)
{
	_cleanup_(gpiod_chip_closep) struct gpiod_chip *chip = gpiod_chip_open(config->chip);
	_cleanup_(gpiod_line_config_freep) struct gpiod_line_config *line_config = NULL;
	_cleanup_(gpiod_request_config_freep) struct gpiod_request_config *request_config = NULL;
	int r;

	if (!chip)
		return errno == ENOENT || errno == ENXIO || errno == ENOTTY ? -ENODEV : -errno;
	line_config = gpiod_line_config_new();
	request_config = gpiod_request_config_new();
	if (!line_config || !request_config)
		return -ENOMEM;
	r = configure_line(config, line_config);
	if (r < 0)
		return r;
	gpiod_request_config_set_consumer(request_config, "smid");
	gpiod_request_config_set_event_buffer_size(request_config, EVENTS_MAX);
	*ret_request = gpiod_chip_request_lines(chip, request_config, line_config);
	return *ret_request ? 0 : -errno;
}

static void pulse_gpio_stop(void *state)
{
	struct pulse_gpio *meter = state;

	if (!meter)
		return;
	sd_event_source_disable_unref(meter->io);
	sd_event_source_disable_unref(meter->timer);
	if (meter->events)
		gpiod_edge_event_buffer_free(meter->events);
	if (meter->request)
		gpiod_line_request_release(meter->request);
	free(meter);
}

DEFINE_CLEANUP(struct pulse_gpio *, pulse_gpio_stop);

static int join_loop(struct pulse_gpio *meter)
{
	sd_event *loop = meter->context.loop;
	int r;

	r = sd_event_add_io(loop, &meter->io, gpiod_line_request_get_fd(meter->request), EPOLLIN,
			    on_edges, meter);
	if (r < 0)
		return r;
	r = sd_event_add_time(loop, &meter->timer, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_US, on_timer,
			      meter);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(meter->timer, SD_EVENT_ON);
}

static int pulse_gpio_start(const struct driver_context *context, const void *driver_config,
			    void **ret_state)
{
	_cleanup_(pulse_gpio_stopp) struct pulse_gpio *meter = calloc(1, sizeof(*meter));
	const struct pulse_gpio_config *config = driver_config;
	enum gpiod_line_value level;
	int r;

	if (!meter)
		return -ENOMEM;
	if (config->start_pulses < 0 || config->settings.pulses_per_kwh < 1 ||
	    config->settings.pulses_per_kwh > PULSES_PER_KWH_MAX)
		return -EINVAL;
	meter->context = *context;
	pulse_counter_init(&meter->counter, &config->settings);
	meter->counter.pulses = meter->sent_pulses = (uint64_t)config->start_pulses;
	meter->events = gpiod_edge_event_buffer_new(EVENTS_MAX);
	if (!meter->events)
		return -ENOMEM;
	r = request_line(config, &meter->request);
	if (r < 0)
		return r;
	/* A pulse that has begun was not counted by whoever counted before us: its end will be. */
	level = gpiod_line_request_get_value(meter->request, config->line);
	if (level == GPIOD_LINE_VALUE_ERROR)
		return -errno;
	meter->counter.is_active = level == GPIOD_LINE_VALUE_ACTIVE;
	r = join_loop(meter);
	if (r < 0)
		return r;
	*ret_state = TAKE(meter);
	return 0;
}

#else

static int pulse_gpio_start(const struct driver_context *context, const void *driver_config,
			    void **ret_state)
{
	(void)context;
	(void)driver_config;
	(void)ret_state;
	return -ENODEV;
}

static void pulse_gpio_stop(void *state)
{
	(void)state;
}

#endif

const struct driver pulse_gpio_driver = {
	.name = "pulse-gpio",
	.start = pulse_gpio_start,
	.stop = pulse_gpio_stop,
};

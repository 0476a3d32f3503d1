/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What a session, a message and a handshake cost; one JSON object a line. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "node.h"

enum {
	PORT = 5684,
	SECOND_US = 1000000,
	MESH = 16,
	MESH_MESSAGE_SIZE = 200,
	MESH_RATE = 300, /* Messages a second that each process sends, to all others together. */
	HANDSHAKES = 300,
};

static unsigned long rss_anonymous_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long size_kb = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, "RssAnon:", 8) == 0)
			size_kb = strtoul(line + 8, NULL, 10);
	(void)fclose(file);
	return size_kb;
}

static double cpu_s(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / SECOND_US;
}

static void init_nodes(struct node *nodes, unsigned int count)
{
	char ip[32];

	for (unsigned int index = 0; index < count; index++) {
		(void)snprintf(ip, sizeof(ip), "127.0.0.%u", index + 1);
		node_init(&nodes[index], NULL, ip, PORT);
	}
	for (unsigned int index = 0; index < count; index++)
		for (unsigned int other = 0; other < count; other++)
			if (other != index)
				node_know(&nodes[index], other, &nodes[other]);
}

static void start_node(struct node *node)
{
	assert_true(sd_event_new(&node->loop) >= 0);
	node_open(node);
}

/** A child that listens as @node until it is killed, sending back what it gets. */
static pid_t fork_listener(struct node *node, bool is_echoing)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	node->is_echoing = is_echoing;
	start_node(node);
	for (;;)
		node_turn(node->loop, SECOND_US);
}

static void end_child(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

/** In a child, for a heap of its own: how much a process holds with so many sessions. */
static void measure_memory(unsigned int peers)
{
	struct node nodes[14];
	pid_t children[14];
	pid_t child;

	init_nodes(nodes, peers + 1);
	for (unsigned int index = 1; index <= peers; index++)
		children[index] = fork_listener(&nodes[index], true);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		unsigned long before_kb = rss_anonymous_kb();
		unsigned long opened_kb;
		uint8_t message[200];

		start_node(&nodes[0]);
		opened_kb = rss_anonymous_kb();
		for (unsigned int index = 1; index <= peers; index++)
			node_dial(&nodes[0], index, &nodes[index], 0);
		NODE_WAIT_FOR(nodes[0].loop, nodes[0].ups == peers, 10000);
		for (unsigned int round = 0; round < 200; round++) {
			node_fill(message, sizeof(message), round);
			for (unsigned int index = 1; index <= peers; index++)
				(void)!endpoint_send(nodes[0].endpoint, index, BYTES_OF(message));
			node_run_for(nodes[0].loop, 5);
		}
		printf("{\"what\":\"memory\",\"peers\":%u,\"before_kb\":%lu,\"opened_kb\":%lu,"
		       "\"rss_anon_kb\":%lu}\n",
		       peers, before_kb, opened_kb, rss_anonymous_kb());
		(void)fflush(stdout);
		_exit(0);
	}
	(void)waitpid(child, NULL, 0);
	for (unsigned int index = 1; index <= peers; index++) {
		end_child(children[index]);
		(void)unlink(nodes[index].key_file);
	}
	(void)unlink(nodes[0].key_file);
}

static void measure_handshakes(void)
{
	struct node nodes[2];
	pid_t child;
	uint64_t before_us;
	double before_cpu_s;

	init_nodes(nodes, 2);
	child = fork_listener(&nodes[1], false);
	start_node(&nodes[0]);
	node_dial(&nodes[0], 1, &nodes[1], 0);
	NODE_WAIT_FOR(nodes[0].loop, nodes[0].ups == 1, 5000);
	before_us = node_now_us();
	before_cpu_s = cpu_s();
	for (unsigned int index = 0; index < HANDSHAKES; index++) {
		endpoint_hang_up(nodes[0].endpoint, 1);
		nodes[0].ups = 0;
		node_dial(&nodes[0], 1, &nodes[1], 0);
		NODE_WAIT_FOR(nodes[0].loop, nodes[0].ups == 1, 5000);
	}
	printf("{\"what\":\"handshakes one after "
	       "another\",\"per_s\":%.0f,\"client_cpu_ms\":%.2f}\n",
	       HANDSHAKES * 1e6 / (double)(node_now_us() - before_us),
	       (cpu_s() - before_cpu_s) * 1000 / HANDSHAKES);
	node_finish(&nodes[0]);
	end_child(child);
	(void)unlink(nodes[1].key_file);
}

/** Messages there and back, @window of them under way; fewer than the rate limit saves up. */
static void measure_echo(unsigned int window, size_t size, unsigned int count)
{
	static uint8_t message[ENDPOINT_MESSAGE_MAX];
	struct node nodes[2];
	pid_t child;
	unsigned int sent = 0;
	uint64_t before_us;
	double before_cpu_s;

	init_nodes(nodes, 2);
	child = fork_listener(&nodes[1], true);
	start_node(&nodes[0]);
	node_dial(&nodes[0], 1, &nodes[1], 0);
	NODE_WAIT_FOR(nodes[0].loop, nodes[0].ups == 1, 5000);
	node_fill(message, size, 1000);
	before_us = node_now_us();
	before_cpu_s = cpu_s();
	while (nodes[0].messages < count && node_now_us() - before_us < 10 * SECOND_US) {
		while (sent < count && sent - nodes[0].messages < window &&
		       endpoint_send(nodes[0].endpoint, 1, BYTES(message, size)) == 0)
			sent++;
		node_turn(nodes[0].loop, 10000);
	}
	printf("{\"what\":\"echo\",\"size\":%zu,\"window\":%u,\"per_s\":%.0f,\"cpu_us_each\":%.1f,"
	       "\"lost\":%u}\n",
	       size, window, nodes[0].messages * 1e6 / (double)(node_now_us() - before_us),
	       (cpu_s() - before_cpu_s) * 1e6 / (nodes[0].messages + 1), sent - nodes[0].messages);
	node_finish(&nodes[0]);
	end_child(child);
	(void)unlink(nodes[1].key_file);
}

static void run_mesh_node(struct node *nodes, unsigned int own, unsigned int burst)
{
	struct node *node = &nodes[own];
	uint8_t message[MESH_MESSAGE_SIZE];
	uint64_t gap_us = (uint64_t)SECOND_US * burst * (MESH - 1) / MESH_RATE;
	uint64_t next_us, end_us;
	double before_cpu_s;
	unsigned int received;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	start_node(node);
	for (unsigned int other = own + 1; other < MESH; other++)
		node_dial(node, other, &nodes[other], 0);
	NODE_WAIT_FOR(node->loop, node->ups >= MESH - 1, 10000);
	node_run_for(node->loop, 1500);
	node_fill(message, sizeof(message), 1000);
	next_us = node_now_us() + gap_us * own / MESH;
	end_us = node_now_us() + 4 * SECOND_US;
	before_cpu_s = cpu_s();
	received = node->messages;
	while (node_now_us() < end_us) {
		uint64_t now_us = node_now_us();

		if (now_us >= next_us) {
			next_us += gap_us;
			for (unsigned int other = 0; other < MESH; other++)
				for (unsigned int count = 0; other != own && count < burst; count++)
					(void)!endpoint_send(node->endpoint, other,
							     BYTES_OF(message));
		}
		node_turn(node->loop, next_us > now_us ? next_us - now_us : 0);
	}
	if (own == 0)
		printf("{\"what\":\"mesh of %d\",\"burst\":%u,\"received_per_s\":%u,"
		       "\"cpu_percent_of_a_core_each\":%.1f,\"rss_anon_kb\":%lu}\n",
		       MESH, burst, (node->messages - received) / 4,
		       (cpu_s() - before_cpu_s) * 100 / 4, rss_anonymous_kb());
	(void)fflush(stdout);
	node_run_for(node->loop, 300);
	_exit(0);
}

static void measure_mesh(unsigned int burst)
{
	struct node nodes[MESH];
	pid_t children[MESH];

	init_nodes(nodes, MESH);
	for (unsigned int index = 0; index < MESH; index++) {
		children[index] = fork();
		assert_true(children[index] >= 0);
		if (children[index] == 0)
			run_mesh_node(nodes, index, burst);
	}
	for (unsigned int index = 0; index < MESH; index++) {
		(void)waitpid(children[index], NULL, 0);
		(void)unlink(nodes[index].key_file);
	}
}

static void all_costs(void **state)
{
	(void)state;
	measure_memory(1);
	measure_memory(12);
	measure_memory(13);
	measure_handshakes();
	measure_echo(1, 200, 1800);
	measure_echo(16, 200, 1800);
	measure_echo(16, 1000, 1800);
	measure_echo(4, 65536, 200);
	measure_mesh(1);
	measure_mesh(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_costs)};

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (!node_network())
		return 77;
	return cmocka_run_group_tests_name("endpoint costs", tests, NULL, NULL);
}

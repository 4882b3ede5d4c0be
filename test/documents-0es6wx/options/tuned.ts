import { adamw, check, conv, layer, local, maxPool, option, program, relu } from 'hebb'
import { clapp, vicreg } from 'hebb/rules'

export default program.options(
  {
    lr: option(5e-4, check.positive),
    width: 1,
    dropped: false,
    rule: ['clapp', 'vicreg'],
    channels: [32, 64],
  },
  ({ lr, width, dropped, rule, channels }) => ({
    name: `${rule} at width ${width}`,
    input: { channels: 1, size: 28 },
    batch: 64,
    encoder: channels
      .slice(dropped ? 1 : 0)
      .map((count, i) => layer(`conv${i + 1}`, conv(count * width), relu(), maxPool(2))),
    learn: local(rule === 'clapp' ? clapp() : vicreg()),
    optimizer: adamw({ lr }),
  }),
)

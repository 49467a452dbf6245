import { Table, Text } from '@mantine/core';
import type { StatusResponse } from '../../../lambdas/contracts/api.ts';
import { WideTable } from '../parts/wide-table.tsx';

const money = new Intl.NumberFormat('en-GB', {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});
const dollars = (microDollars: number): string => money.format(microDollars / 1_000_000);

/** What each desk has spent on captions today, and what waits for money or for the service. */
export function CaptionAccounts({ captions: { spend, waiting } }: { captions: StatusResponse['captions'] }) {
  if (spend.length === 0) return null;
  return (
    <>
      <Text>
        {waiting === 0
          ? 'No pictures wait for captions.'
          : `${waiting >= 1000 ? '1,000 or more assets have' : waiting === 1 ? '1 asset has' : `${waiting} assets have`} pictures that are captioned later.`}
      </Text>
      <WideTable minWidth={600}>
        <Table className="table-card" withTableBorder aria-label="Captions today">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Desk</Table.Th>
              <Table.Th>Captions today (UTC)</Table.Th>
              <Table.Th>Spent</Table.Th>
              <Table.Th>Under way</Table.Th>
              <Table.Th>May have been billed</Table.Th>
              <Table.Th>Limit</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {spend.map((desk) => (
              <Table.Tr key={desk.desk}>
                <Table.Th scope="row">{desk.desk}</Table.Th>
                <Table.Td>{desk.calls}</Table.Td>
                <Table.Td>{dollars(desk.spentMicroDollars)}</Table.Td>
                <Table.Td>{dollars(desk.reservedMicroDollars)}</Table.Td>
                <Table.Td>{dollars(desk.unaccountedMicroDollars)}</Table.Td>
                <Table.Td>{desk.limitMicroDollars === undefined ? '–' : dollars(desk.limitMicroDollars)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </>
  );
}

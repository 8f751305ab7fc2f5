export interface Examples {
  readonly finds: readonly string[]
  readonly ignores: readonly string[]
}

/** For each built-in recognizer, texts with what it must find between `⟦` and `⟧`, and texts in which it must find nothing. */
export const examples: Readonly<Record<string, Examples>> = {
  email: {
    finds: [
      'Write to ⟦ana.garcia+scans@salud.madrid.org⟧.',
      "mailto:⟦o'neil@clinic.co.uk⟧, <⟦a@b.io⟧>",
      '邮箱⟦zhang@example.com⟧谢谢',
      '{"to":"⟦x_1@sub.example.org⟧"}',
    ],
    ignores: ['user@host', '@mention only', 'a @ b.com', 'npm i @scope/name@1.2.3'],
  },
  phone: {
    finds: [
      'Ring ⟦+44 20 7946 0958⟧ or ⟦(415) 555-0132⟧.',
      'Tel.: ⟦913 908 121⟧, Fax: ⟦91 336 87 85⟧',
      '电话：⟦13812345678⟧',
      'Tfno. ⟦963 862 700⟧',
      'We use ⟦030 901820⟧ as well.',
      'Call me at ⟦001-920-866-4851x522⟧',
    ],
    ignores: [
      '2026-01-31',
      '1,234,567 units',
      'value 3.14159265',
      'from 1998-2003',
      '10.0.0.1',
      '1000/200=5',
      'abc12345678',
    ],
  },
  url: {
    finds: [
      'See ⟦https://portal.clinic.example.co/patient/17?id=4⟧.',
      'db: ⟦postgres://app:hunter2@db.internal:5432/main⟧',
      '(⟦www.annas-bakery.co.uk⟧)',
    ],
    ignores: ['https://learn.microsoft.com/powershell', 'http://localhost:4610/v1', '://', 'a://b', 'www.'],
  },
  'ip-address': {
    finds: [
      'from ⟦81.2.69.160⟧ and ⟦192.168.10.24⟧',
      'via ⟦2001:db8:85a3::8a2e:370:7334⟧',
      '[⟦fe80::1ff:fe23:4567:890a⟧]',
    ],
    ignores: [
      '127.0.0.1',
      '255.255.255.0',
      'version 10.4.2.17',
      '1.2.3.4.5',
      '12:30:45',
      'std::vector',
      '7.6.0.0',
      '999.1.1.1',
    ],
  },
  'mac-address': {
    finds: ['nic ⟦00:1B:44:11:3A:B7⟧', 'nic ⟦00-1b-44-11-3a-b7⟧.'],
    ignores: ['00:1B:44:11:3A', '00:1B:44:11:3A:B7:00', '2026-01-31-12-30-45'],
  },
  'payment-card': {
    finds: ['card ⟦4111 1111 1111 1111⟧', '⟦5500-0055-5555-5559⟧', '⟦378282246310005⟧', '⟦6200000000000005⟧'],
    ignores: [
      '4111 1111 1111 1112',
      '4111 1111 1111 1116',
      '1234 5678 9012 3456',
      '0000000000000000',
      'x4111111111111111',
    ],
  },
  iban: {
    finds: ['⟦GB82 WEST 1234 5698 7654 32⟧ please', '⟦DE89370400440532013000⟧.', 'IBAN ⟦GB93TSUW31047479583079⟧'],
    ignores: ['GB83 WEST 1234 5698 7654 32', 'XX89370400440532013000', 'DE8937040044'],
  },
  'us-ssn': {
    finds: ['⟦078-05-1120⟧', 'SSN: ⟦078051120⟧', 'social security number ⟦219 09 9999⟧'],
    ignores: ['000-12-3456', '666-12-3456', '912-34-5678', '123-00-4567', '123-45-0000', 'order 078051120'],
  },
  'uk-nhs': {
    finds: ['⟦943 476 5919⟧', 'NHS number ⟦9434765919⟧'],
    ignores: ['943 476 5918', '9434765919 units'],
  },
  'es-dni': { finds: ['DNI ⟦12345678Z⟧', '⟦12.345.678-Z⟧'], ignores: ['12345678A', '1234567Z', 'a12345678Z'] },
  'es-nie': { finds: ['NIE: ⟦X1234567L⟧', '⟦Y7654321G⟧'], ignores: ['X1234567A', 'W1234567L'] },
  'fr-nir': {
    finds: ['⟦1 84 12 76 451 089 46⟧', 'NIR ⟦184127645108946⟧'],
    ignores: ['1 84 12 76 451 089 47', '1 84 13 76 451 089 46'],
  },
  'de-steuer-id': {
    finds: ['⟦86 095 742 719⟧', 'Steuer-ID: ⟦86095742719⟧'],
    ignores: ['86 095 742 718', 'Teil 86095742719'],
  },
  'cn-resident-id': {
    finds: ['身份证号⟦11010519491231002X⟧', '⟦440308199901010012⟧'],
    ignores: ['110105194912310021', '11010519491331002X'],
  },
  'in-aadhaar': {
    finds: ['⟦2345 6789 0124⟧', 'Aadhaar ⟦234567890124⟧'],
    ignores: ['2345 6789 0123', '1234 5678 9012', 'lot 234567890124'],
  },
  'in-pan': { finds: ['PAN ⟦ABCPE1234F⟧'], ignores: ['ABCDE1234F', 'abcpe1234f', 'ABCPE0000F'] },
  'br-cpf': {
    finds: ['⟦529.982.247-25⟧', 'CPF ⟦52998224725⟧'],
    ignores: ['529.982.247-26', '111.111.111-11', 'id 52998224725'],
  },
  'medical-record': {
    finds: [
      'MRN: ⟦00482913⟧',
      '{"patient_id": "⟦P-2291-A⟧"}',
      'NHC: ⟦2847413⟧.',
      '病历号：⟦A123456⟧',
      'Patientennummer ⟦4711023⟧',
    ],
    ignores: ['MRN pending', 'the chart number of pages', 'nhc'],
  },
  'accession-number': {
    finds: ['Accession No. ⟦ACC-2026-00917⟧', 'Episodio: ⟦358784⟧', '检查号：⟦CT20260131⟧'],
    ignores: ['accession of Spain', 'episodio 3'],
  },
  'health-plan': {
    finds: ['NASS: ⟦89 46895187 76⟧.', 'Member ID: ⟦XJH-88213-01⟧', '医保号：⟦330106001234⟧'],
    ignores: ['member id missing', 'policy number'],
  },
  license: {
    finds: [
      'NºCol: ⟦28 28 57403⟧.',
      "driver's license number is ⟦A56319335⟧",
      'NPI ⟦1234567893⟧',
      'DL number: ⟦M943688896309⟧',
    ],
    ignores: ['license: MIT', 'Apache license 2.0', 'license terms'],
  },
  vehicle: {
    finds: ['license plate ⟦7ABC123⟧', 'VIN: ⟦1HGCM82633A004352⟧', 'Kennzeichen: ⟦B-MW 1234⟧', '车牌号：⟦京A·12345⟧'],
    ignores: ['a plate of food', 'vin rouge'],
  },
  'device-id': {
    finds: ['S/N is serial number ⟦SN-48291-B⟧', 'IMEI: ⟦490154203237518⟧', '序列号：⟦MX20418⟧'],
    ignores: ['serial port', 'serial number unknown'],
  },
  'asset-id': {
    finds: ['pump ⟦P-101A⟧ leaking', 'WO ⟦4711023⟧ closed', '工单号：⟦WO20260131⟧', 'conveyor ⟦CV-204⟧ belt torn'],
    ignores: ['pump 3 is hot', 'unit test', 'truck driver'],
  },
  date: {
    finds: [
      'born ⟦12/03/1980⟧',
      'on ⟦2026-01-31T08:15:00Z⟧',
      '⟦31.12.1999⟧',
      '⟦1980年3月12日⟧出生',
      'nacido el ⟦04/07/67⟧',
    ],
    ignores: ['in 1980', 'version 1.2.2020', '12/03', '1/2 cup', 'ms.date: 02/20/2019', '2026-13-41'],
  },
  'written-date': {
    finds: [
      'on ⟦March 12, 1980⟧',
      '⟦12 de marzo de 1980⟧',
      '⟦12. März 1980⟧',
      'en ⟦mayo de 2005⟧',
      'le ⟦3 août 2019⟧',
      '⟦4th of July⟧',
    ],
    ignores: ['in May', 'they may 5 times', 'march on', 'April showers'],
  },
  age: {
    finds: ['She is ⟦93 years old⟧.', 'Edad: ⟦94 años⟧', '⟦91岁⟧', 'aged ⟦102⟧', 'Age: ⟦90⟧'],
    ignores: ['She is 42 years old.', 'hace 93 años', 'Edad: 32 años', '95 años de evolución', '99 bottles', '120/80'],
  },
  'street-address': {
    finds: [
      'at ⟦221B Baker Street⟧, London',
      '⟦C/ Colón, 28⟧',
      '⟦Calle de Alcalá, 50, 3 B⟧',
      '住在⟦建国路88号⟧',
      '16层搬到⟦威海市玉泉路116号A座2697⟧前台',
      '户籍⟦相城区上海路684号东方明珠苑28栋4单元1277⟧，',
      '⟦1600 North Park Ave. Suite 12⟧ now',
    ],
    ignores: ['the street was empty', 'calle', 'C//DTD 1.0', 'place 3', 'In 2019 Wall Street'],
  },
  'french-address': {
    finds: ['⟦12 rue de la Paix⟧, Paris', '⟦8 bis, avenue Victor Hugo⟧'],
    ignores: ['la rue', '12 rue'],
  },
  'german-address': {
    finds: ['⟦Musterstraße 12⟧, Berlin', '⟦Lange Str. 4a⟧', 'Am ⟦Alten Weg 7⟧'],
    ignores: ['String 1', 'During 5', 'weg 3'],
  },
  'labelled-address': {
    finds: ['Address: ⟦7 Elm Row, Flat 2⟧\n', 'Domicilio: ⟦Plaza Flores 5, 2 3⟧.', '地址：⟦朝阳区建国路88号⟧。'],
    ignores: ['IP address: 10.0.0.7', 'Address: see below', 'email address: a1@b.org'],
  },
  'labelled-place': {
    finds: ['City: ⟦Leeds⟧', 'Localidad/ Provincia: ⟦Villarriba⟧.', '籍贯：⟦山东⟧'],
    ignores: ['city: ', 'the city is big'],
  },
  'postal-code': {
    finds: [
      'ZIP: ⟦02139⟧',
      'CP: ⟦28007⟧.',
      'Austin, TX ⟦78701⟧',
      'London ⟦NW1 6XE⟧',
      '邮编：⟦100022⟧',
      'Str. 4, ⟦10115⟧ ⟦Berlin⟧',
    ],
    ignores: ['order 12345', '12345 items', 'zip file'],
  },
  'place-name': {
    finds: ['moved to ⟦Portugal⟧', 'in ⟦New York⟧, ⟦España⟧'],
    ignores: ['turkey', 'Michael Jordan', 'Texas-style'],
  },
  'api-key': {
    finds: [
      'key ⟦sk-abcdefghijklmnop1234⟧',
      'token=⟦ghp_abcdefghijklmnopqrstuvwxyz0123456789⟧',
      '⟦AKIAIOSFODNN7EXAMPLE⟧',
    ],
    ignores: ['sk-short1', 'task-abcdefghijklmnop1234', 'AKIA'],
  },
  jwt: {
    finds: ['Bearer ⟦eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl⟧'],
    ignores: ['eyJ', 'eyJhbGciOiJIUzI1NiJ9'],
  },
  pem: {
    finds: [
      '⟦-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----⟧\n',
      'x ⟦-----BEGIN PRIVATE KEY-----\nMIIE⟧',
    ],
    ignores: ['-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----'],
  },
  password: {
    finds: ['password: ⟦hunter22!⟧', 'PASSWORD=⟦s3cr3t⟧', 'la contraseña es ⟦Perro99⟧', '密码：⟦abc12345⟧'],
    ignores: [
      'password is required',
      'password: <your password>',
      'the password policy',
      'password: {PW}',
      'password is stored',
    ],
  },
  'labelled-secret': {
    finds: ['api_key = "⟦a8f5f167f44f4964e6c998de⟧"', 'client secret: ⟦Q~8x7-abcdef12345⟧'],
    ignores: ['token count 4096', 'secret santa', 'token: abcdefghijklmnop'],
  },
  person: {
    finds: [
      'Dr. ⟦Ana García⟧ called',
      'Patient name: ⟦John P. Smith⟧',
      'Nombre: ⟦Miguel⟧.',
      'my name is ⟦sara⟧.',
      'Herr ⟦Braun⟧',
      'Remitido por: Dra. ⟦María de la Fuente⟧ ',
    ],
    ignores: ['File name: Report', 'name: the one', 'Calle del Dr. Esquerdo', 'Dear all', 'Mr. ', 'doctor said'],
  },
  'chinese-person': {
    finds: [
      '我叫⟦张伟⟧，',
      '姓名：⟦李小龙⟧ 年龄',
      '请⟦王芳⟧女士签字',
      '患者：⟦欧阳娜⟧。',
      '感谢⟦白郧⟧医生',
      '那位⟦卫⟧小姐',
      '请⟦位敏⟧女士签字',
    ],
    ignores: ['女士们先生们', '姓名：', '我叫醒他'],
  },
  organization: {
    finds: ['⟦Hospital Universitario La Paz⟧.', 'at ⟦Acme Robotics Inc.⟧ today', '⟦Universidad de Granada⟧,'],
    ignores: ['the hospital', 'a limited company', 'inc'],
  },
}
